import type { DialectContext } from './dialect.ts';
import { isFlatEnough } from './nesting.ts';

/** What serves the clients of one port. */
export interface SocketIoPort {
  /** Says the same to several of its clients. It is encoded once, however many they are. */
  sayTo(ids: readonly string[], event: string, ...args: readonly unknown[]): void;
}

/** One foreign client's connection. */
export interface SocketIoLine {
  /** The id that its client knows as its own. */
  readonly id: string;
  readonly port: SocketIoPort;
  /** Dropped once the connection is over. */
  say(event: string, ...args: readonly unknown[]): void;
}

/** What a dialect over Socket.IO makes of its clients. */
export interface SocketIoService {
  /** On a port that is shared: clients that have not shown yet whose they are count as this one’s. */
  readonly takesUndecided: boolean;
  /** Whether only a client of this dialect says this. */
  isSpokenBy(event: string, args: readonly unknown[]): boolean;
  open(line: SocketIoLine): void;
  /** An event, without the callback that a client may have added: nobody is answered by it. */
  receive(line: SocketIoLine, event: string, args: readonly unknown[]): void;
  gone(line: SocketIoLine): void;
}

export type OpenSocketIoService = (context: DialectContext) => SocketIoService;

/**
 * One client of a port on which one or several dialects are served: all share the path `/socket.io/`, and are told apart by
 * what a client says first. What it is then, it remains.
 */
export class SocketIoClient {
  readonly #services: readonly SocketIoService[];
  readonly #line: SocketIoLine;
  #service: SocketIoService | undefined;
  #isDecided: boolean;

  constructor(services: readonly SocketIoService[], line: SocketIoLine) {
    this.#services = services;
    this.#line = line;
    this.#isDecided = services.length === 1;
    this.#service = this.#isDecided ? services[0] : services.find(({ takesUndecided }) => takesUndecided);
    this.#service?.open(line);
  }

  receive(event: unknown, args: readonly unknown[]): void {
    if (typeof event !== 'string') return;
    const said = args.filter((arg) => typeof arg !== 'function');
    if (!isFlatEnough(said)) return;
    if (!this.#isDecided) this.#decide(event, said);
    this.#service?.receive(this.#line, event, said);
  }

  gone(): void {
    const service = this.#service;
    this.#service = undefined;
    service?.gone(this.#line);
  }

  #decide(event: string, args: readonly unknown[]): void {
    const service = this.#services.find((one) => one.isSpokenBy(event, args));
    if (service === undefined) return;
    this.#isDecided = true;
    if (service === this.#service) return;
    this.gone();
    this.#service = service;
    service.open(this.#line);
  }
}
