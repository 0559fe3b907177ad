import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { SUBPROTOCOL } from '../../src/protocol/endpoint.ts';
import { DAEMON_LIMITS } from '../../src/signal/daemon-limits.ts';
import { SseTransport } from '../../src/signal/sse-transport.ts';
import type { Line } from '../../src/signal/switchboard.ts';
import { Ends } from './ends.ts';

/**
 * Answers requests for events at this server with the daemon's own transport, by the same paths as socket-server.ts, and
 * by those below `/streams`. Other paths are left alone.
 */
export function serveStreams(server: Server): void {
  const ends = new Ends();
  const kinds = {
    echo: transport({
      open: (line) => line.send(SUBPROTOCOL),
      receive: (line, frame) => line.send(frame),
    }),
    closed: (request: IncomingMessage, response: ServerResponse, key: string) =>
      transport({ open: (line) => void ends.of(key).then((end) => line.send(end)) })(request, response),
    full: transport({ open: (line) => line.close('room-full') }),
    mute: transport({}),
    noise: (_request: IncomingMessage, response: ServerResponse) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      response.write('event: open\ndata: {"stream":"x"}\n\n: \n\nevent: other\ndata: {}\n\ndata: 7\n\n');
    },
    refused: (_request: IncomingMessage, response: ServerResponse) => {
      response.writeHead(503);
      response.end();
    },
  };
  const isKind = (kind: string): kind is keyof typeof kinds => Object.hasOwn(kinds, kind);

  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const [, kind = '', key = ''] = (request.url ?? '').replace(/^\/streams\//, '/').split('/');
    if (!isKind(kind)) return;
    request.url = (request.url ?? '').replace(/^.*(?=\/events\b)/, '');
    // What the client of a stream can do to end it.
    if (request.method === 'GET') response.once('close', () => ends.tell(key, '1000 left'));
    if (kind !== 'mute' || request.method === 'GET') kinds[kind](request, response, key);
  });
}

function transport(does: {
  readonly open?: (line: Line) => void;
  readonly receive?: (line: Line, frame: Buffer) => void;
}): (request: IncomingMessage, response: ServerResponse) => void {
  return new SseTransport(
    {
      handler: {
        // As the switchboard, whose answers come later.
        open: (line) => queueMicrotask(() => does.open?.(line)),
        receive: does.receive ?? (() => {}),
        cut: (line, reason) => line.close(reason),
        gone: () => {},
      },
      origins: new Set(),
    },
    {
      limits: { ...DAEMON_LIMITS, messageBytes: 131_072 },
      now: () => 0,
      onEvent: () => {},
      hasRoom: () => true,
    },
  ).handle;
}
