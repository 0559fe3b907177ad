import { classes, Message, methods, TcpTransport, TlsTransport, TurnProtocol } from 'werift';
import { inside, requireParts } from './parts.ts';
import type { Address, StreamPart, TurnPart } from './parts.ts';

interface TurnClient extends TurnPart {
  readonly transactions: Record<string, { cancel(): void }>;
  connectionMade: (this: TurnClient) => Promise<void>;
  requestWithRetry(request: Message, server: Address): Promise<[Message, unknown]>;
}

interface StreamTransport {
  readonly stream: StreamPart;
  init: (this: StreamTransport) => Promise<void>;
}

/** Clients that wait for their allocation, by the server's address: the very array that its connection was given. */
const allocating = new WeakMap<Address, Set<TurnClient>>();

/**
 * Makes TURN allocations endable and their streams safe. werift refreshes an allocation after a sleep of minutes that
 * closing does not end, asks a silent server for many seconds, and when a server ends its TCP stream the failure to
 * connect again is a rejection nobody hears.
 */
export function mendTurn(): void {
  const prototype = inside<TurnClient>(TurnProtocol.prototype);
  requireParts('TURN client', prototype, ['connectionMade', 'requestWithRetry', 'close']);
  const connectionMade = prototype.connectionMade;
  prototype.connectionMade = async function () {
    requireParts('TURN client', this, ['refresh', 'transport', 'server', 'transactions']);
    this.refresh = (lifetimeSeconds) => scheduleRefresh(this, lifetimeSeconds);
    const { server } = this;
    const clients = allocating.get(server) ?? new Set();
    allocating.set(server, clients.add(this));
    try {
      await connectionMade.call(this);
    } catch (error) {
      // No allocation, so nobody else will ever close this socket.
      await this.close();
      throw error;
    } finally {
      clients.delete(this);
    }
  };
  mendStream(inside<StreamTransport>(TcpTransport.prototype));
  mendStream(inside<StreamTransport>(TlsTransport.prototype));
}

/** Stops waiting for the allocations that a connection has asked this server for. */
export function endAllocations(server: Address): void {
  for (const client of allocating.get(server) ?? []) {
    for (const transaction of Object.values(client.transactions)) transaction.cancel();
    client.close().catch(() => undefined);
  }
}

function mendStream(prototype: StreamTransport): void {
  requireParts('stream to a TURN server', prototype, ['init']);
  const init = prototype.init;
  prototype.init = async function () {
    const { stream } = this;
    requireParts('stream to a TURN server', stream, ['connect', 'connecting', 'client']);
    const connect = stream.connect.bind(stream);
    stream.connect = () => {
      connect();
      stream.connecting.catch(() => undefined);
    };
    // A server that never answers must not keep the process alive for as long as the system goes on trying.
    stream.client.unref();
    await init.call(this);
    stream.client.ref();
  };
}

function scheduleRefresh(turn: TurnClient, lifetimeSeconds: number): void {
  // At five sixths of its life, as werift does, so that a repeat is still in time.
  const timer = setTimeout(() => {
    const request = new Message(methods.REFRESH, classes.REQUEST).setAttribute('LIFETIME', lifetimeSeconds);
    turn
      .requestWithRetry(inside<Message>(request), turn.server)
      .then(() => undefined)
      // A lost allocation shows as silence on the link, which its heartbeats notice.
      .catch(() => undefined)
      .finally(() => {
        if (turn.refreshHandle === handle) scheduleRefresh(turn, lifetimeSeconds);
      });
  }, lifetimeSeconds * 833);
  const handle = {
    resolve: () => {
      clearTimeout(timer);
      turn.refreshHandle = { resolve: () => undefined };
    },
  };
  turn.refreshHandle = handle;
}
