import { InvalidArgumentError } from 'commander';
import { parseFingerprint } from '../peer/node/fingerprint.ts';
import { toSnapError } from '../protocol/errors.ts';

/** Values of flags: each parser returns the value or says what was expected. */

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
/** The longest duration a timer takes, about 24 days. */
const LONGEST_MS = 2 ** 31 - 1;

/** `10s`, `500ms`, `2m`, `1h`, `7d`, or plain seconds; returns milliseconds. */
export function parseDuration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/.exec(text);
  const ms = Number(match?.[1]) * (UNITS_MS[match?.[2] ?? 's'] ?? Number.NaN);
  if (!(ms > 0 && ms <= LONGEST_MS)) throw new InvalidArgumentError('Expected a duration like 500ms, 10s, 2m or 1h.');
  return ms;
}

/** A whole number within bounds. */
export function parseInteger(what: string, min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= min && value <= max)) throw new InvalidArgumentError(`Expected ${what} from ${min} to ${max}.`);
    return value;
  };
}

/** A number of bytes: `300000`, `300kB`, `2MB`, `1MiB`. */
export function parseByteCount(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*(B|kB|KB|MB|KiB|MiB)?$/i.exec(text);
  const unit = { b: 1, kb: 1_000, mb: 1_000_000, kib: 1_024, mib: 1_048_576 }[(match?.[2] ?? 'B').toLowerCase()];
  const bytes = Math.round(Number(match?.[1]) * (unit ?? Number.NaN));
  if (!(bytes >= 1)) throw new InvalidArgumentError('Expected a size like 300000, 300kB or 2MB.');
  return bytes;
}

/** The base address of a daemon. */
export function parseServer(text: string): string {
  const url = /^https?:\/\//i.test(text) && URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.search !== '' || url.hash !== '')
    throw new InvalidArgumentError('Expected an address like http://127.0.0.1:8787 or https://example.org.');
  return url.href.endsWith('/') ? url.href : `${url.href}/`;
}

/** The SHA-256 of a certificate. */
export function parseTlsFingerprint(text: string): string {
  const fingerprint = parseFingerprint(text);
  if (fingerprint === undefined)
    throw new InvalidArgumentError('Expected a SHA-256 of 64 hexadecimal digits, like AB:CD:… or abcd….');
  return fingerprint;
}

/** For flags that may be given several times. */
export function collect<T>(parse: (text: string) => T): (text: string, before: T[] | undefined) => T[] {
  return (text, before = []) => [...before, parse(text)];
}

/** A parser of the library as one of flags: what it refuses, commander reports. */
export function refusedAsArgument<T>(parse: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return parse(text);
    } catch (error) {
      const { message } = toSnapError(error);
      throw new InvalidArgumentError(`${message.charAt(0).toUpperCase()}${message.slice(1)}.`);
    }
  };
}
