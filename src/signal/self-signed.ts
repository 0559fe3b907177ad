import { randomBytes, webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';

const DAY_MS = 86_400_000;
/**
 * The longest that a browser takes from anybody but a public authority is 825 days (Apple, for certificates that a person
 * has trusted); 397 also passes where the stricter rule for those authorities of 2020, less than 398 days, is applied to all.
 */
const VALID_MS = 397 * DAY_MS;
/** Clocks of a local network are seldom the same: a camera box without one would refuse what is valid from now on. */
const BACK_DATED_MS = DAY_MS;
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256' };

/**
 * Makes a key and a certificate that nobody has signed but itself, for these host names and addresses. ECDSA with P-256 is
 * what every browser takes. The purpose `serverAuth` is asked for by Apple's.
 */
export async function makeSelfSigned(
  names: readonly string[],
  now: number,
): Promise<{ readonly cert: string; readonly key: string }> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const notBefore = new Date(now - BACK_DATED_MS);
  const certificate = await X509CertificateGenerator.createSelfSigned(
    {
      name: 'CN=snap-share',
      // Firefox refuses two certificates of one name with the same number.
      serialNumber: `01${randomBytes(15).toString('hex')}`,
      notBefore,
      notAfter: new Date(notBefore.getTime() + VALID_MS),
      signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
      keys,
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
        new SubjectAlternativeNameExtension(
          names.map((value) => ({ type: isIP(value) === 0 ? 'dns' : 'ip', value }) as const),
        ),
      ],
    },
    webcrypto,
  );
  const key = PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY');
  return { cert: `${certificate.toString('pem')}\n`, key: `${key}\n` };
}
