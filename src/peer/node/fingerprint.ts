const SHA_256 = /^[0-9A-F]{64}$/;

/** A SHA-256 as browsers and OpenSSL show it, `AB:CD:…`, from one in any case, with or without colons; else undefined. */
export function parseFingerprint(text: string): string | undefined {
  const hex = text.trim().replaceAll(':', '').toUpperCase();
  return SHA_256.test(hex) ? hex.match(/../g)?.join(':') : undefined;
}
