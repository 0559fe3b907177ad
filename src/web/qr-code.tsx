import type { JSX } from 'preact';
import { correction, generate } from 'lean-qr/nano';

/** The empty frame that a reader needs, in modules. */
const BORDER = 3;

/** Dark on light in both themes: many readers know no other. */
export function QrCode({ text, label }: { readonly text: string; readonly label: string }): JSX.Element {
  const code = generate(text, { minCorrectionLevel: correction.M });
  const size = code.size + 2 * BORDER;
  const indices = [...Array(code.size).keys()];
  const dark = indices.flatMap((y) => indices.filter((x) => code.get(x, y)).map((x) => `M${x} ${y}h1v1h-1z`));
  return (
    <svg class="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label} shape-rendering="crispEdges">
      <rect width={size} height={size} fill="#fff" />
      <path d={dark.join('')} transform={`translate(${BORDER} ${BORDER})`} fill="#1b1613" />
    </svg>
  );
}
