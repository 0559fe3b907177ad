import { KDF_HKDF_SHA256, KEM_DHKEM_X25519_HKDF_SHA256 } from '@panva/hpke-noble';
import { AEAD_EXPORT_ONLY, CipherSuite } from 'hpke';
import { nodeCrypto } from '../../src/peer/node/crypto.ts';
import type { PeerCrypto } from '../../src/peer/crypto.ts';
import { loadSafetyWords } from '../../src/peer/safety-words.ts';

/**
 * The real primitives, with HPKE from noble: no thread of its own and so no wait that a fake clock could not see the end
 * of. nodeCrypto's HPKE is tested against it in sealing.test.ts.
 */
export const pureCrypto: PeerCrypto = {
  ...nodeCrypto,
  hpke: new CipherSuite(KEM_DHKEM_X25519_HKDF_SHA256, KDF_HKDF_SHA256, AEAD_EXPORT_ONLY),
};

// Nor could it see the end of their loading, for which a handshake without a secret would wait.
await loadSafetyWords();
