/** What a stranger may send in place of a message. No reader may throw on any of it, or take it for a message. */
export const HOSTILE_TEXTS: readonly (readonly [what: string, text: string])[] = [
  ['nothing', ''],
  ['a newline', '\n'],
  ['null', 'null'],
  ['true', 'true'],
  ['a number', '1e999'],
  ['a string', '"join"'],
  ['an array', '[]'],
  ['an array of messages', '[{"type":"leave"}]'],
  ['an empty object', '{}'],
  ['a type that is null', '{"type":null}'],
  ['a type that is an array', '{"type":["leave"]}'],
  ['a type that is an object', '{"type":{"toString":"leave"}}'],
  ['a type in __proto__', '{"__proto__":{"type":"leave"}}'],
  ['a type called __proto__', '{"type":"__proto__"}'],
  ['a type called constructor', '{"type":"constructor"}'],
  ['a type in constructor', '{"constructor":{"prototype":{"type":"leave"}}}'],
  ['10,000 open brackets', '['.repeat(10_000)],
  ['arrays 10,000 deep', '['.repeat(10_000) + ']'.repeat(10_000)],
  ['objects 10,000 deep', '{"type":'.repeat(10_000) + '1' + '}'.repeat(10_000)],
  ['a byte order mark alone', '\ufeff'],
  ['lone surrogates', '\ud800\udc00\udfff'],
  ['an escape sequence as type', '{"type":"\\u001b[2J\\u202e"}'],
  ['half a message', '{"type":"leave"'],
  ['two messages', '{"type":"leave"}{"type":"leave"}'],
];

/** Keys that must be ignored like any other unknown one, however they are nested. */
export const HOSTILE_KEYS: readonly (readonly [what: string, json: string])[] = [
  ['__proto__', '"__proto__":{"polluted":true}'],
  ['constructor', '"constructor":{"prototype":{"polluted":true}}'],
  ['toString', '"toString":null'],
  ['hasOwnProperty', '"hasOwnProperty":1'],
  ['an array 10,000 deep', `"x":${'['.repeat(10_000)}${']'.repeat(10_000)}`],
];

/** A message's JSON with another key in front. */
export function withKey(json: string, key: string): string {
  return `{${key},${json.slice(1)}`;
}
