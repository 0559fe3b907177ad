import type { Clock } from './clock.ts';
import type { OpenSignalSocket, SignalSocket, SignalSocketClose, SignalSocketEvents } from './signal-socket.ts';

/** A WebSocket over which nothing has come by then is held up by something in between, ms. */
const PROOF_MS = 4_000;
/** One that breaks earlier than this, without a word, may have been cut by something that lets no WebSocket live, ms. */
const SHORT_LIFE_MS = 10_000;
/** Once may be a daemon that was killed or a network that changed. */
const SHORT_LIVES = 2;

/** What all connections of one peer have found out. */
interface Findings {
  isBlocked: boolean;
  /** WebSockets in a row that were cut early. */
  shortLives: number;
}

/**
 * WebSocket where it can be had, else events and POST: networks that block the one let the other through. What was found
 * out holds for all later connections of the same peer. Whatever a daemon itself refuses is refused over both.
 */
export function autoSignalSockets(ws: OpenSignalSocket, sse: OpenSignalSocket, clock: Clock): OpenSignalSocket {
  const findings: Findings = { isBlocked: false, shortLives: 0 };
  return (server, events) => {
    const socket = new AutoSignalSocket({ ws, sse, clock, server, events, findings });
    socket.open();
    return socket;
  };
}

interface Parts {
  readonly ws: OpenSignalSocket;
  readonly sse: OpenSignalSocket;
  readonly clock: Clock;
  readonly server: string;
  readonly events: SignalSocketEvents;
  readonly findings: Findings;
}

class AutoSignalSocket implements SignalSocket {
  readonly #parts: Parts;
  #current: SignalSocket | undefined;
  #isOpen = false;
  /** What was sent over a WebSocket from which nothing has come yet. */
  #unproven: string[] | undefined;
  #isClosed = false;
  #cancelPatience = (): void => {};

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  get transport(): SignalSocket['transport'] {
    return this.#current?.transport ?? 'ws';
  }

  /** @throws SnapError `usage` */
  open(): void {
    if (this.#parts.findings.isBlocked) this.#openStream();
    else this.#openSocket();
  }

  send(text: string): void {
    this.#unproven?.push(text);
    this.#current?.send(text);
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelPatience();
    this.#current?.close();
  }

  #openSocket(): void {
    const { ws, clock, server, events, findings } = this.#parts;
    let openedAt = 0;
    const isOurs = (): boolean => this.#current === socket;
    const heard = (): void => {
      this.#unproven = undefined;
      this.#cancelPatience();
    };
    this.#unproven = [];
    const socket = ws(server, {
      onOpen: () => {
        if (!isOurs()) return;
        openedAt = clock.now();
        this.#opened();
      },
      onMessage: (text) => {
        if (!isOurs()) return;
        heard();
        events.onMessage(text);
      },
      onAlive: () => {
        if (!isOurs()) return;
        heard();
        events.onAlive();
      },
      onClose: (close) => {
        if (!isOurs()) return;
        this.#cancelPatience();
        const wasCut = close.code === LOST.code && close.reason === '';
        if (wasCut && this.#unproven !== undefined && !this.#isClosed && !isWordOfDaemon(close)) {
          this.#openStream(close);
          return;
        }
        const wasShort = wasCut && this.#isOpen && clock.now() - openedAt < SHORT_LIFE_MS;
        findings.shortLives = wasShort ? findings.shortLives + 1 : 0;
        findings.isBlocked = findings.shortLives >= SHORT_LIVES;
        events.onClose(close);
      },
    });
    this.#current = socket;
    this.#cancelPatience = clock.after(PROOF_MS, () => {
      this.#openStream({ ...LOST, problem: `nothing came over a WebSocket within ${PROOF_MS / 1_000} s` });
      socket.close();
    });
  }

  /** `failed`: how the WebSocket ended that was tried before. */
  #openStream(failed?: SignalSocketClose): void {
    const { sse, server, events, findings } = this.#parts;
    const unsaid = this.#unproven ?? [];
    this.#unproven = undefined;
    let isOpen = false;
    const stream = sse(server, {
      ...events,
      onOpen: () => {
        isOpen = true;
        findings.isBlocked = true;
        // Whoever said something to the WebSocket was told that it is open, and does not say it again.
        if (this.#isOpen) for (const text of unsaid) stream.send(text);
        else this.#opened();
      },
      onClose: (close) => {
        if (isOpen) {
          events.onClose(close);
          return;
        }
        // Without either of them the WebSocket gets another chance.
        findings.isBlocked = false;
        findings.shortLives = 0;
        if (isWordOfDaemon(close)) events.onClose(close);
        else if (failed === undefined) events.onClose(withoutRefusal(close));
        else events.onClose(failed);
      },
    });
    this.#current = stream;
  }

  #opened(): void {
    this.#isOpen = true;
    this.#parts.events.onOpen();
  }
}

const LOST = { code: 1006, reason: '' } as const;

/** The daemon itself said no, or what is there could not prove to be it. */
function isWordOfDaemon({ refusal }: SignalSocketClose): boolean {
  return refusal !== undefined && refusal !== 'not-a-daemon';
}

/** There was a daemon before: what answers in its place now is the network, and not for ever. */
function withoutRefusal(close: SignalSocketClose): SignalSocketClose {
  const { refusal: _, ...rest } = close;
  return rest;
}
