import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { InvalidArgumentError, type Command } from 'commander';
import { SnapError } from '../protocol/errors.ts';

/** Where a person keeps settings: `SNAP_SHARE_CONFIG`, or `snap-share/config.json` in the configuration directory. */
function configPath(env: Readonly<Record<string, string | undefined>>): string {
  const base = env['XDG_CONFIG_HOME'];
  const directory = base === undefined || base === '' ? join(homedir(), '.config') : base;
  return env['SNAP_SHARE_CONFIG'] ?? join(directory, 'snap-share', 'config.json');
}

/**
 * Sets the flags of all commands to what the config file says: an object whose keys are long flags without dashes, like
 * `{"server": "https://example.org", "max-edge": 1200}`. The environment and the command line come later and win. A
 * file that is not there is no mistake, unless it was named.
 * @throws SnapError `usage`
 */
export function applyConfigFile(program: Command, env: Readonly<Record<string, string | undefined>>): void {
  const path = configPath(env);
  const settings = readSettings(path, env['SNAP_SHARE_CONFIG'] !== undefined);
  for (const [key, value] of Object.entries(settings)) {
    const options = program.commands.flatMap((command) =>
      command.options.filter(({ long }) => long === `--${key}`).map((option) => ({ command, option })),
    );
    if (options.length === 0) throw complaint(path, `${JSON.stringify(key)} is no flag of any command`);
    for (const { command, option } of options) {
      const parsed = parseValue(path, key, value, option.parseArg, option.isBoolean());
      command.setOptionValueWithSource(option.attributeName(), parsed, 'config');
    }
  }
}

function parseValue(
  path: string,
  key: string,
  value: unknown,
  parse: ((text: string, previous: never) => unknown) | undefined,
  isBoolean: boolean,
): unknown {
  if (isBoolean && typeof value === 'boolean') return value;
  if (isBoolean || (typeof value !== 'string' && typeof value !== 'number'))
    throw complaint(path, `expected ${isBoolean ? 'true or false' : 'a text or number'} for ${JSON.stringify(key)}`);
  try {
    return parse === undefined ? String(value) : parse(String(value), undefined as never);
  } catch (cause) {
    if (cause instanceof InvalidArgumentError) throw complaint(path, `${JSON.stringify(key)}: ${cause.message}`);
    throw cause;
  }
}

function readSettings(path: string, named: boolean): Record<string, unknown> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (!named && (code === 'ENOENT' || code === 'ENOTDIR')) return {};
    throw complaint(path, `it could not be read (${code})`);
  }
  let settings: unknown;
  try {
    settings = JSON.parse(text);
  } catch (cause) {
    throw complaint(path, `expected JSON: ${(cause as Error).message}`);
  }
  if (typeof settings === 'object' && settings !== null && !Array.isArray(settings))
    return settings as Record<string, unknown>;
  throw complaint(path, 'expected a JSON object');
}

function complaint(path: string, problem: string): SnapError {
  return new SnapError('usage', `config file ${JSON.stringify(path)}: ${problem}`.replace(/\s+/g, ' '));
}
