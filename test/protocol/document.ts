import { readFileSync } from 'node:fs';

/** PROTOCOL.md as its tests see it: fenced examples with an info string, and tables by the heading they stand under. */

export interface Example {
  /** The first word of the info string, `json` for instance. */
  readonly language: string;
  /** The other words: what it is an example of, and whether it is `invalid`, say. */
  readonly tags: readonly string[];
  readonly text: string;
  readonly line: number;
}

export const DOCUMENT = readFileSync(new URL('../../PROTOCOL.md', import.meta.url), 'utf8');

/** The examples that have all of `tags`. A fence without an info string is a drawing. */
export function examplesOf(...tags: readonly string[]): Example[] {
  return ALL_EXAMPLES.filter((example) => tags.every((tag) => example.tags.includes(tag)));
}

/** The example as one message: JSON is broken over lines only for its readers, anything else is taken literally. */
export function wireText(example: Example): string {
  return example.language === 'json' ? JSON.stringify(JSON.parse(example.text)) : example.text;
}

export function bytesOf(example: Example): Uint8Array {
  return Buffer.from(example.text.replaceAll(/\s/g, ''), 'hex');
}

/** The cells of the body rows of the first table under a heading. */
export function tableUnder(heading: string): string[][] {
  const lines = DOCUMENT.split('\n');
  const from = lines.indexOf(heading);
  if (from < 0) throw new Error(`expected a heading ${heading}`);
  const start = lines.findIndex((line, at) => at > from && line.startsWith('|'));
  const end = lines.findIndex((line, at) => at > start && !line.startsWith('|'));
  return lines.slice(start + 2, end).map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );
}

function readExamples(document: string): Example[] {
  const examples: Example[] = [];
  let open: { info: string; line: number; text: string[] } | undefined;
  for (const [index, line] of document.split('\n').entries()) {
    if (open === undefined) {
      if (line.startsWith('```')) open = { info: line.slice(3).trim(), line: index + 1, text: [] };
    } else if (line === '```') {
      const [language = '', ...tags] = open.info.split(/\s+/);
      if (tags.length > 0) examples.push({ language, tags, text: open.text.join('\n'), line: open.line });
      open = undefined;
    } else open.text.push(line);
  }
  if (open !== undefined) throw new Error(`the example in line ${open.line} does not end`);
  return examples;
}

const ALL_EXAMPLES = readExamples(DOCUMENT);
