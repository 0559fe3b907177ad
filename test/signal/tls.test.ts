import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { get } from 'node:https';
import { connect as connectTls } from 'node:tls';
import { beforeAll, describe, expect, test } from 'vitest';
import { readCertificate, type TlsPair } from '../../src/signal/certificate.ts';
import { makeSelfSigned } from '../../src/signal/self-signed.ts';
import { serve, type Daemon } from '../../src/signal/serve.ts';
import { Bystanders, join, rawSocket, readToEnd } from './ws-client.ts';

const NAMES = ['localhost', '127.0.0.1', '::1', 'shed.local'];
const DAY_MS = 86_400_000;
let tls: { readonly cert: string; readonly key: string };
let other: typeof tls;
beforeAll(async () => {
  [tls, other] = await Promise.all([makeSelfSigned(NAMES, Date.now()), makeSelfSigned(NAMES, Date.now())]);
});

const serveTls = (limits = {}): Promise<Daemon> => serve({ port: 0, version: '1', tls, limits });

/** The answer to a client that trusts this very certificate, as it checks the name as well. */
async function getText({ port }: Daemon, path: string): Promise<string> {
  const request = get({ host: 'localhost', port, path, ca: tls.cert, agent: false });
  const [response] = (await once(request, 'response')) as [NodeJS.ReadableStream];
  let body = '';
  for await (const chunk of response) body += String(chunk);
  return body;
}

describe('a self-signed certificate', () => {
  test('is for the names that it was asked for, for a server, and for no longer than browsers take', () => {
    const certificate = new X509Certificate(tls.cert);
    expect(certificate.subjectAltName).toBe(
      'DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, DNS:shed.local',
    );
    expect(certificate.ca).toBe(false);
    expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
    const { validFrom, validTo, fingerprint } = readCertificate(tls);
    expect(validTo - validFrom).toBe(397 * DAY_MS);
    expect(validFrom).toBeLessThan(Date.now());
    expect(fingerprint).toBe(certificate.fingerprint256);
  });

  test('is another one every time', () => {
    expect(readCertificate(tls).fingerprint).not.toBe(readCertificate(other).fingerprint);
    expect(new X509Certificate(tls.cert).serialNumber).not.toBe(new X509Certificate(other.cert).serialNumber);
  });
});

describe('a pair that TLS cannot be served with is refused before anything is opened:', () => {
  const encrypted = (type: 'pkcs8' | 'sec1'): string =>
    generateKeyPairSync('ec', {
      namedCurve: 'P-256',
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type, format: 'pem', cipher: 'aes-256-cbc', passphrase: 'garden' },
    }).privateKey;
  const weakKey = '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n';

  test.each<[string, () => TlsPair, RegExp]>([
    [
      'no certificate',
      () => ({ ...tls, cert: 'hello' }),
      /^expected a certificate in PEM .* in tls\.cert, found none$/,
    ],
    ['a key in place of it', () => ({ ...tls, cert: tls.key }), /^expected a certificate in PEM/],
    ['a damaged certificate', () => ({ ...tls, cert: tls.cert.replace(/\n.{8}/, '\nAAAAAAAA') }), /cannot be read/],
    ['no key', () => ({ ...tls, key: tls.cert }), /^expected a private key in PEM .* in tls\.key, found none$/],
    ['a damaged key', () => ({ ...tls, key: weakKey }), /^the private key in tls\.key cannot be read/],
    ['a key with a passphrase', () => ({ ...tls, key: encrypted('pkcs8') }), /without a passphrase/],
    ['an older key with a passphrase', () => ({ ...tls, key: encrypted('sec1') }), /without a passphrase/],
    ['the key of another certificate', () => ({ ...tls, key: other.key }), /got another one in tls\.key$/],
  ])('%s', async (_what, wrong, message) => {
    await expect(serve({ port: 0, version: '1', tls: wrong() })).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringMatching(message),
    });
  });
});

describe('a daemon with TLS', () => {
  test('has an https address and the fingerprint of its certificate, and takes text and Buffers', async () => {
    const pair = { cert: Buffer.from(tls.cert), key: Buffer.from(tls.key) };
    await using daemon = await serve({ port: 0, version: '1', tls: pair });
    expect(daemon.url).toBe(`https://127.0.0.1:${daemon.port}/`);
    expect(daemon.fingerprint).toBe(new X509Certificate(tls.cert).fingerprint256);
    expect(await getText(daemon, '/healthz')).toBe('ok\n');
  });

  test('seats peers over secure WebSockets', async () => {
    await using daemon = await serveTls();
    await using peer = await join(daemon, 'garden', undefined, { ca: tls.cert });
    expect(peer.welcome.number).toBe(1);
  });

  test('tells a browser that speaks plain http where to go, and others are not disturbed', async () => {
    await using daemon = await serveTls();
    const plain = await rawSocket(daemon);
    plain.write('GET /r/garden HTTP/1.1\r\nHost: x\r\n\r\n');
    const answer = await readToEnd(plain);
    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect(answer).toContain('https://');
    expect(await getText(daemon, '/healthz')).toBe('ok\n');
  });

  test('survives whatever else comes in place of a handshake, also from clients that are gone by then', async () => {
    await using daemon = await serveTls();
    await using peer = await join(daemon, 'garden', undefined, { ca: tls.cert });
    for (const bytes of [
      'GET / HTTP/1.1\r\n\r\n',
      'SSH-2.0-OpenSSH\r\n',
      '\u0016\u0003\u0001',
      '\0'.repeat(70_000),
      '',
    ]) {
      const reset = await rawSocket(daemon);
      reset.write(bytes);
      reset.resetAndDestroy();
      const ended = await rawSocket(daemon);
      ended.end(bytes);
      await readToEnd(ended);
    }
    expect(await getText(daemon, '/readyz')).toBe('ready\n');
    expect(peer.unread).toEqual([]);
  });

  test('speaks nothing older than TLS 1.2', async () => {
    await using daemon = await serveTls();
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
    const client = connectTls({ host: 'localhost', port: daemon.port, ca: tls.cert, ...old });
    await expect(once(client, 'secureConnect')).rejects.toMatchObject({ code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION' });
  });

  test('cuts a handshake that never ends', async () => {
    await using daemon = await serveTls({ requestMs: 50 });
    const silent = await rawSocket(daemon);
    const half = await rawSocket(daemon);
    half.write('\u0016\u0003\u0001\u0002\u0000');
    await Promise.all([readToEnd(silent), readToEnd(half)]);
  });

  test('cuts a request that never ends', async () => {
    // The handshake has to be done within the same bound, on however busy a machine.
    await using daemon = await serveTls({ requestMs: 2_000, sweepMs: 20 });
    const slow = connectTls({ host: 'localhost', port: daemon.port, ca: tls.cert });
    await once(slow, 'secureConnect');
    slow.write('GET /healthz HTTP/1.1\r\n');
    expect(await readToEnd(slow)).toMatch(/^HTTP\/1\.1 408 /);
  });

  test('does not wait longer than promised for handshakes when it is stopped', async () => {
    const daemon = await serveTls({ stopMs: 50 });
    const silent = await rawSocket(daemon);
    await using deaf = await join(daemon, 'garden', undefined, { ca: tls.cert });
    deaf.ws.pause();
    await daemon.close();
    await readToEnd(silent);
  });
});

test('without TLS there is no fingerprint', async () => {
  await using daemon = await serve({ port: 0, version: '1' });
  expect(daemon.url).toMatch(/^http:/);
  expect(daemon).not.toHaveProperty('fingerprint');
  await using bystanders = await Bystanders.enter(daemon);
  await bystanders.exchange();
});
