import type { DialectContext } from './dialect.ts';
import { ForeignRooms } from './foreign-rooms.ts';
import type { JsonObject } from './json-lines.ts';
import type { SocketIoLine, SocketIoPort, SocketIoService } from './socket-io-service.ts';

/** Everybody is in one room. */
const ROOM = 'users-list';
/** Everybody is told of everybody at each arrival: twice as many cost four times as much. */
const CAPACITY = 100;

/** Who come and go within this long are told of together, ms: a crowd that arrives would keep everybody busy with lists. */
const LISTS_MS = 50;

/** An answer goes out once its sender's candidates have paused for this long, */
const PAUSE_MS = 300;
/** and this long after it came at the latest. */
const HELD_MS = 2_000;

/** Runs something later, unless what it returns is called before. */
export type After = (ms: number, run: () => void) => () => void;

interface HeldAnswer {
  readonly to: string;
  readonly until: number;
  readonly release: () => void;
  cancel: () => void;
}

/**
 * The dialect `users-list`: everybody is told the ids of all, and sends messages to an id. The client in use loses
 * candidates that come after it has got an answer, so answers wait for the candidates of who gives them.
 */
export function usersList(context: DialectContext, after: After = onTimer): SocketIoService {
  const users = new Map<string, SocketIoLine>();
  /** One for each sender: a client answers one call at a time. */
  const held = new Map<SocketIoLine, HeldAnswer>();
  const rooms = new ForeignRooms<SocketIoLine, JsonObject>(
    CAPACITY,
    {
      // Who comes and goes is told by the list alone.
      tell: () => {},
      relay: (line, contact, message) => line.say('message', { ...message, contact }),
      // Beyond the capacity a client is in no list, and nobody hears it.
      close: () => {},
    },
    context.onEvent,
  );

  let toldAt = -Infinity;
  let isTold = true;
  const tellSoon = (): void => {
    if (!isTold) return;
    isTold = false;
    after(Math.max(0, toldAt + LISTS_MS - context.now()), tellAll);
  };
  const tellAll = (): void => {
    isTold = true;
    toldAt = context.now();
    const byPort = new Map<SocketIoPort, string[]>();
    for (const { id, port } of users.values()) {
      const ids = byPort.get(port);
      if (ids === undefined) byPort.set(port, [id]);
      else ids.push(id);
    }
    const all = [...users.keys()];
    for (const [port, ids] of byPort) port.sayTo(ids, 'usersList', all);
  };
  const release = (line: SocketIoLine): void => {
    const answer = held.get(line);
    if (answer === undefined) return;
    held.delete(line);
    answer.cancel();
    answer.release();
  };
  const wait = (line: SocketIoLine, answer: HeldAnswer): void => {
    answer.cancel();
    const ms = Math.max(0, Math.min(PAUSE_MS, answer.until - context.now()));
    answer.cancel = after(ms, () => release(line));
  };
  const relay = (line: SocketIoLine, to: string, message: JsonObject): void => {
    const answer = held.get(line);
    const { type } = message;
    if (answer?.to === to && type === 'ice-candidate') {
      rooms.relay(line, to, message);
      wait(line, answer);
      return;
    }
    // What else comes after an answer must not overtake it.
    if (answer?.to === to || type === 'answer') release(line);
    if (type !== 'answer') {
      rooms.relay(line, to, message);
    } else if (users.has(to)) {
      const next: HeldAnswer = {
        to,
        until: context.now() + HELD_MS,
        release: () => rooms.relay(line, to, message),
        cancel: () => {},
      };
      held.set(line, next);
      wait(line, next);
    }
  };

  return {
    takesUndecided: true,
    isSpokenBy: (event, [message]) => event === 'message' && isObject(message) && typeof message['id'] === 'string',
    open(line) {
      rooms.join(line, ROOM, line.id);
      if (rooms.seatOf(line) === undefined) return;
      users.set(line.id, line);
      tellSoon();
    },
    receive(line, event, [message]) {
      if (event !== 'message' || !isObject(message)) return;
      const { id } = message;
      if (typeof id === 'string') relay(line, id, message);
    },
    gone(line) {
      held.get(line)?.cancel();
      held.delete(line);
      if (rooms.seatOf(line) === undefined) return;
      rooms.leave(line);
      users.delete(line.id);
      tellSoon();
    },
  };
}

function onTimer(ms: number, run: () => void): () => void {
  // An answer keeps no daemon from stopping.
  const timer = setTimeout(run, ms).unref();
  return () => clearTimeout(timer);
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
