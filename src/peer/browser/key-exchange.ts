import { AEAD_EXPORT_ONLY, CipherSuite, KDF_HKDF_SHA256, KEM_DHKEM_X25519_HKDF_SHA256 } from 'hpke';
import { loadPart } from '../load-part.ts';

/** The browser's own key exchange (WebCrypto, on secure origins). */
export const ownKeyExchange = new CipherSuite(KEM_DHKEM_X25519_HKDF_SHA256, KDF_HKDF_SHA256, AEAD_EXPORT_ONLY);

/**
 * The browser's own key exchange, or where it has none the same in JavaScript: pages on insecure origins (a daemon on the
 * local network without TLS) have no WebCrypto, and older browsers no X25519 in it.
 * @throws SnapError `daemon-unreachable`
 */
export async function loadKeyExchange(): Promise<CipherSuite> {
  try {
    await ownKeyExchange.GenerateKeyPair();
    return ownKeyExchange;
  } catch {
    const { nobleKeyExchange } = await loadPart(() => import('./noble-key-exchange.ts'));
    return nobleKeyExchange;
  }
}
