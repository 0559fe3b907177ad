import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { SnapError } from '../protocol/errors.ts';

/** What a daemon proves itself with: a certificate, or a chain that starts with it, and its private key, both PEM. */
export interface TlsPair {
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
}

export interface Certificate {
  /** SHA-256 of the certificate as browsers show it: `AB:CD:…`, 32 bytes. */
  readonly fingerprint: string;
  /** ms since 1970 */
  readonly validFrom: number;
  /** ms since 1970 */
  readonly validTo: number;
}

/** OpenSSL would ask for the passphrase of either. */
const ENCRYPTED_KEY = /^(?:-----BEGIN ENCRYPTED PRIVATE KEY-----|Proc-Type: 4,ENCRYPTED)/m;

/**
 * Reads the certificate of a pair that TLS can be served with. How long it is valid is for the caller to judge.
 * @param from how a person knows the two texts, for the error
 * @throws SnapError `usage` when it is no such pair
 */
export function readCertificate({ cert, key }: TlsPair, from = { cert: 'tls.cert', key: 'tls.key' }): Certificate {
  const certificate = parseCertificate(cert.toString(), from.cert);
  if (!certificate.checkPrivateKey(parseKey(key.toString(), from.key)))
    throw new SnapError(
      'usage',
      `expected the private key of the first certificate in ${from.cert}, got another one in ${from.key}`,
    );
  try {
    createSecureContext({ cert, key });
  } catch (cause) {
    throw new SnapError('usage', `TLS cannot be served with ${from.cert} and ${from.key} (${reasonOf(cause)})`, {
      cause,
    });
  }
  return {
    fingerprint: certificate.fingerprint256,
    validFrom: Date.parse(certificate.validFrom),
    validTo: Date.parse(certificate.validTo),
  };
}

function parseCertificate(pem: string, from: string): X509Certificate {
  if (!pem.includes('-----BEGIN CERTIFICATE-----'))
    throw new SnapError(
      'usage',
      `expected a certificate in PEM ("-----BEGIN CERTIFICATE-----") in ${from}, found none`,
    );
  try {
    return new X509Certificate(pem);
  } catch (cause) {
    throw new SnapError('usage', `the certificate in ${from} cannot be read (${reasonOf(cause)})`, { cause });
  }
}

function parseKey(pem: string, from: string): KeyObject {
  if (ENCRYPTED_KEY.test(pem))
    throw new SnapError(
      'usage',
      `expected a private key without a passphrase in ${from}, got an encrypted one: "openssl pkey" writes it without`,
    );
  if (!/-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----/.test(pem))
    throw new SnapError(
      'usage',
      `expected a private key in PEM ("-----BEGIN PRIVATE KEY-----") in ${from}, found none`,
    );
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    // Without the cause: nothing that was done with a key shall be printed with an error.
    throw new SnapError('usage', `the private key in ${from} cannot be read (${reasonOf(cause)})`);
  }
}

function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/\s+/g, ' ');
}
