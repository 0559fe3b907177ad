import { KDF_HKDF_SHA256, KEM_DHKEM_X25519_HKDF_SHA256 } from '@panva/hpke-noble';
import { AEAD_EXPORT_ONLY, CipherSuite } from 'hpke';

/** The key exchange in JavaScript, for pages whose browser has none for them. */
export const nobleKeyExchange = new CipherSuite(KEM_DHKEM_X25519_HKDF_SHA256, KDF_HKDF_SHA256, AEAD_EXPORT_ONLY);
