import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';

/** Asks for a path as it is written, which `fetch` would put in order. */
export async function ask(
  url: string,
  path: string,
  method = 'GET',
): Promise<IncomingMessage & { readonly body: string }> {
  const { hostname, port } = new URL(url);
  const asked = request({ hostname, port, path, method, agent: false }).end();
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  return Object.assign(response, { body: await text(response) });
}
