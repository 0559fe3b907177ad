import type { SignalSocketClose } from '../signal-socket.ts';
import { certificateProblem } from './daemon-certificate.ts';

type SystemError = Error & { readonly code?: string };

/** In one line, why a connection to a daemon failed before anything was said. */
export function connectionFailure(error: SystemError): {
  problem: string;
  refusal?: NonNullable<SignalSocketClose['refusal']>;
} {
  const certificate = certificateProblem(error);
  if (certificate !== undefined) return { problem: certificate, refusal: 'certificate-refused' };
  if (error.code === 'EPROTO' || error.code?.startsWith('ERR_SSL_') === true)
    return {
      problem: `no TLS could be agreed on with it (${describe(error)}): its address may start with http://`,
      refusal: 'not-a-daemon',
    };
  return { problem: describe(error) };
}

export function describe(error: SystemError): string {
  // An AggregateError (both address families failed) has no message of its own.
  return error.message === '' ? (error.code ?? error.name) : error.message.trim().replace(/\s+/g, ' ');
}
