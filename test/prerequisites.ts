/**
 * What the tests need beside npm packages: real programs, since a promise about a camera tool is only kept by the real
 * one. Installs them as root on Debian, otherwise names them. A missing one is a failure, never a skipped test.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const NEEDED = [
  { command: 'fswebcam', debian: 'fswebcam', why: 'camera tests take their frames through it' },
  { command: 'exiftool', debian: 'libimage-exiftool-perl', why: 'proves that no metadata is left in a photo' },
  { command: 'ip', debian: 'iproute2', why: 'a phone with a network of its own that can be switched off' },
  { command: 'chromium', debian: 'chromium', why: 'the page and its side of the peer are tested in it' },
  { command: 'firefox-esr', debian: 'firefox-esr', why: 'the page and its side of the peer are tested in it' },
];

const isInstalled = (command: string): boolean =>
  spawnSync('sh', ['-c', `command -v ${command}`], { stdio: 'ignore' }).status === 0;

const missing = NEEDED.filter(({ command }) => !isInstalled(command));
if (missing.length > 0) {
  const packages = missing.map(({ debian }) => debian);
  if (process.getuid?.() === 0 && existsSync('/etc/debian_version')) {
    console.log(`installing ${packages.join(', ')} for the tests`);
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    spawnSync('apt-get', ['update', '-qq'], { stdio: 'inherit', env });
    spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], { stdio: 'inherit', env });
  }
  const stillMissing = missing.filter(({ command }) => !isInstalled(command));
  for (const { command, debian, why } of stillMissing)
    console.error(`missing: ${command} (${why}); on Debian: apt-get install ${debian}`);
  if (stillMissing.length > 0) process.exit(1);
}
