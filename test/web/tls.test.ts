import { expect, test } from 'vitest';
import { startPeer } from '../e2e/cli-process.ts';
import { temporaryDirectory } from '../e2e/temporary.ts';
import { startTlsDaemon } from '../e2e/tls-daemon.ts';
import { FAKE_CAMERA, launchChromium, openPage } from './chromium.ts';

/** A name as another machine of the network would use it: no browser trusts it as it trusts localhost. */
const ELSEWHERE = '--host-resolver-rules=MAP snap.test 127.0.0.1';

test('a page from a self-signed daemon of another machine may use the camera, and sends what it takes to a terminal', async () => {
  await using directory = await temporaryDirectory();
  await using daemon = await startTlsDaemon(directory.file('state'));
  await using browser = await launchChromium(ELSEWHERE, ...FAKE_CAMERA);
  const context = await browser.context({ ignoreHTTPSErrors: true });
  const address = daemon.url.replace('127.0.0.1', 'snap.test');
  const { page, faults } = await openPage(context, `${address}r/garden#aSecretOfTheGarden`);
  expect(await page.evaluate('isSecureContext')).toBe(true);
  await using terminal = startPeer(daemon, 'garden#aSecretOfTheGarden', [
    '--no-save',
    '--expect-photos',
    '1',
    '--tls-fingerprint',
    daemon.fingerprint,
  ]);
  await page.getByRole('button', { name: 'Use the camera' }).click();
  await page.getByRole('button', { name: 'Take the photo' }).click();
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  expect(await terminal.exit(), terminal.describe()).toBe(0);
  expect(faults).toEqual([]);
});
