import { displayText } from '../protocol/names.ts';

const KEY = 'snap-share name';
const COLOURS = [
  'Amber',
  'Blue',
  'Coral',
  'Golden',
  'Green',
  'Grey',
  'Indigo',
  'Ivory',
  'Olive',
  'Red',
  'Silver',
  'White',
];
const BIRDS = ['Crane', 'Finch', 'Heron', 'Jay', 'Kite', 'Lark', 'Owl', 'Raven', 'Robin', 'Swift', 'Tern', 'Wren'];

/** The name this browser was given, else one for now that is at least told apart from the others'. */
export function readOwnName(): string {
  const stored = displayText(storage()?.getItem(KEY) ?? '');
  if (stored !== '') return stored;
  const [a = 0, b = 0] = crypto.getRandomValues(new Uint8Array(2));
  const name = `${COLOURS[a % COLOURS.length] ?? ''} ${BIRDS[b % BIRDS.length] ?? ''}`;
  keepOwnName(name);
  return name;
}

export function keepOwnName(name: string): void {
  try {
    storage()?.setItem(KEY, name);
  } catch {
    // Full or forbidden: the name lasts as long as the page.
  }
}

/** Reading it throws where a browser was told to keep nothing. */
function storage(): Storage | undefined {
  try {
    return localStorage;
  } catch {
    return undefined;
  }
}
