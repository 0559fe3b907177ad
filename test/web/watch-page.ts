/**
 * What a test has in the page, before the page's own script: the blobs behind its pictures, as its own policy forbids it
 * to read a blob: back by its address.
 */
export const WATCH_PAGE = `
  globalThis.blobs = new Map();
  const create = URL.createObjectURL.bind(URL);
  URL.createObjectURL = (blob) => {
    const url = create(blob);
    globalThis.blobs.set(url, blob);
    return url;
  };
`;

/** What is not seen after this long will not be, ms: sooner than the test itself is cut off, to say what was there. */
const SEEN_MS = 40_000;

/** Resolves to the elements' texts as soon as there are `count` that are seen and have these words in them. */
export function seen(selector: string, words: string, count: number): string {
  const expected = `${count} × ${selector} with "${words}"`;
  return `new Promise((resolve, reject) => {
    const look = () => {
      const found = [...document.querySelectorAll(${JSON.stringify(selector)})].filter(
        (element) => element.checkVisibility() && element.textContent.includes(${JSON.stringify(words)}),
      );
      if (found.length < ${count}) return;
      watching.disconnect();
      clearTimeout(timer);
      resolve(found.map((element) => element.textContent));
    };
    const watching = new MutationObserver(look);
    watching.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
    const timer = setTimeout(() => {
      const videos = [...document.querySelectorAll('video')].map(
        ({ readyState, paused, srcObject }) =>
          ['video', readyState, paused, ...srcObject.getTracks().map(({ readyState, muted }) => readyState + ' ' + muted)],
      );
      reject(new Error(${JSON.stringify(`expected ${expected}, there was: `)} + document.body.innerText + videos.join('|')));
    }, ${SEEN_MS});
    look();
  })`;
}

/** The type and bytes of the picture that an element shows, the bytes in base64. */
export function blobOf(selector: string): string {
  return `(async () => {
    const shown = () => document.querySelector(${JSON.stringify(selector)});
    // A photo that comes once more takes the place of itself.
    let src;
    while (src !== shown().src) {
      src = shown().src;
      await shown().decode().catch((error) => {
        if (src === shown().src) throw error;
      });
    }
    const blob = globalThis.blobs.get(src);
    const bytes = new Uint8Array(await blob.arrayBuffer());
    return { type: blob.type, base64: btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')) };
  })()`;
}

/** What has the keyboard, as a screen reader would name it. */
export const FOCUSED = `(() => {
  const element = document.activeElement;
  const words = [element.getAttribute('aria-label') ?? '', ...[...element.querySelectorAll('img')].map(({ alt }) => alt)];
  return [...words, element.textContent].join('').trim();
})()`;

/** Resolves as soon as something of this name has the keyboard. */
export function focused(name: string): string {
  return `new Promise((resolve) => {
    const look = () => {
      if (${FOCUSED} !== ${JSON.stringify(name)}) return;
      removeEventListener('focusin', look);
      watching.disconnect();
      resolve();
    };
    const watching = new MutationObserver(look);
    watching.observe(document, { subtree: true, childList: true, characterData: true });
    addEventListener('focusin', look);
    look();
  })`;
}
