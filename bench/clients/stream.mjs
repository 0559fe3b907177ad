// Bare clients of event streams, for loads: they look for bytes and parse nothing.
import { once } from 'node:events';
import { request } from 'node:http';

/** Opens a stream; resolves when its answer has begun. */
export async function openStream(url) {
  const asking = request(url, { agent: false });
  asking.end();
  const [response] = await once(asking, 'response');
  if (response.statusCode !== 200) throw new Error(`expected a stream, got HTTP status ${response.statusCode}`);
  let text = '';
  let wake = () => {};
  const keep = (chunk) => {
    text += chunk.toString();
    wake();
  };
  response.on('data', keep);
  return {
    /** What came with the stream and goes back with posts. */
    cookie: response.headers['set-cookie']?.[0].split(';', 1)[0],
    /** All that has come, as soon as this is in it and the event is whole. */
    async until(part) {
      while (!(text.includes(part) && text.endsWith('\n\n'))) await new Promise((resolve) => (wake = resolve));
      return text;
    },
    /** Keeps nothing any more, and calls back for each time that these bytes come. */
    count(mark, onEach) {
      response.off('data', keep);
      let rest = Buffer.alloc(0);
      response.on('data', (chunk) => {
        const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
        let from = 0;
        for (let at = bytes.indexOf(mark); at >= 0; at = bytes.indexOf(mark, from)) {
          from = at + mark.length;
          onEach();
        }
        rest = bytes.subarray(Math.max(from, bytes.length - mark.length + 1));
      });
    },
  };
}

/** Sends a text; resolves when it was taken. */
export async function post(url, body) {
  const asking = request(url, { method: 'POST', headers: { 'Content-Type': 'text/plain' } });
  asking.end(body);
  const [response] = await once(asking, 'response');
  response.resume();
  if (response.statusCode !== 204) throw new Error(`expected 204, got HTTP status ${response.statusCode}`);
}
