import { isIP } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { SnapError } from '../../protocol/errors.ts';

/** A daemon has shown another certificate than the one that was asked for. */
class OtherCertificate extends Error {}

/** @throws SnapError `usage` for an address without TLS: a fingerprint would prove nothing there */
export function expectTls(server: string): void {
  if (/^(?:https|wss):/i.test(server)) return;
  throw new SnapError(
    'usage',
    `expected an address that starts with https:// to go with a TLS fingerprint, got ${server}`,
  );
}

/**
 * Connects to who has the certificate of this fingerprint, whoever has signed it. Any other one ends the connection while
 * TLS itself would refuse a certificate, and where Node does: what HTTP has written by then is dropped, never sent.
 */
export function connectPinned(host: string, port: number, fingerprint: string): TLSSocket {
  const socket = connect({
    host,
    port,
    servername: isIP(host) === 0 ? host : '',
    rejectUnauthorized: false,
  });
  socket.once('secureConnect', () => {
    const shown = socket.getPeerX509Certificate()?.fingerprint256 ?? 'none';
    if (shown !== fingerprint)
      socket.destroy(
        new OtherCertificate(
          `expected the SHA-256 ${fingerprint}, got ${shown}. Either it has a new one, then "snap-share serve" there ` +
            'prints its fingerprint, or somebody is in between',
        ),
      );
  });
  return socket;
}

/** In one line, what to do about a certificate that was refused; undefined when something else went wrong. */
export function certificateProblem(error: Error & { code?: string }): string | undefined {
  if (error instanceof OtherCertificate) return error.message;
  if (error.code === undefined || !UNTRUSTED.has(error.code)) return undefined;
  return (
    `this machine does not trust it (${error.message.replace(/\s+/g, ' ')}). For one that "snap-share serve" has made or ` +
    'was given there, add --tls-fingerprint with the SHA-256 that it prints'
  );
}

/** Why Node refuses a certificate (node:tls, "X509 certificate error codes"). */
const UNTRUSTED: ReadonlySet<string> = new Set([
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'CERT_CHAIN_TOO_LONG',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_REJECTED',
  'CERT_REVOKED',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERROR_IN_CERT_NOT_AFTER_FIELD',
  'ERROR_IN_CERT_NOT_BEFORE_FIELD',
  'HOSTNAME_MISMATCH',
  'INVALID_CA',
  'INVALID_PURPOSE',
  'PATH_LENGTH_EXCEEDED',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY',
  'UNABLE_TO_DECRYPT_CERT_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);
