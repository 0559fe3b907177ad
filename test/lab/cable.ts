import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A way to a daemon that can go wrong without either end being told. */
export interface Cable extends AsyncDisposable {
  readonly url: string;
  /** From now on nothing that the daemon says is taken from it. */
  stall(): void;
  /** From now on nothing comes or goes either way, as with a machine that lost its power. */
  cut(): void;
}

export async function openCable(daemon: { readonly url: string }): Promise<Cable> {
  const sockets = new Set<Socket>();
  const daemonSides = new Set<Socket>();
  let isStalled = false;
  let isCut = false;
  const { hostname, port } = new URL(daemon.url);
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
  };
  const pass = (from: Socket, to: Socket): void => {
    from.on('data', (chunk: Buffer) => {
      if (!to.write(chunk)) from.pause();
    });
    to.on('drain', () => {
      if (!isCut && !(isStalled && daemonSides.has(from))) from.resume();
    });
    from.on('end', () => {
      if (!isCut) to.end();
    });
    from.once('close', () => {
      if (!isCut) to.destroy();
    });
  };
  const server = createServer({ allowHalfOpen: true }, (client) => {
    keep(client);
    // A connection that comes too late is taken by nobody, as far as its client can tell.
    if (isCut) return;
    const far = connect({ port: Number(port), host: hostname, allowHalfOpen: true });
    keep(far);
    daemonSides.add(far);
    far.once('close', () => daemonSides.delete(far));
    pass(client, far);
    pass(far, client);
    if (isStalled) far.pause();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    stall() {
      isStalled = true;
      for (const socket of daemonSides) socket.pause();
    },
    cut() {
      isCut = true;
      for (const socket of sockets) socket.pause();
    },
    async [Symbol.asyncDispose]() {
      isCut = true;
      server.close();
      for (const socket of sockets) socket.destroy();
      if (server.listening) await once(server, 'close');
    },
  };
}
