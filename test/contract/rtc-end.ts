import type { SnapError } from '../../src/protocol/errors.ts';
import type { ConnectRtc, RtcCandidate, RtcConfig, RtcConnection, RtcStage } from '../../src/peer/rtc.ts';

/** One end of a connection under test: keeps what it was told, and lets a test wait for it. */
export class RtcEnd {
  readonly connection: RtcConnection;
  readonly stages: RtcStage[] = [];
  readonly messages: Uint8Array[] = [];
  readonly closes: SnapError[] = [];
  /** Candidates of this end that the other one was not given yet. */
  readonly candidates: RtcCandidate[] = [];
  drains = 0;
  /** Calls during `connect`, or after the end: there must be none. */
  readonly misplaced: string[] = [];
  /** Further work of a message's receiver. */
  onMessage: ((message: Uint8Array) => void) | undefined;
  other: RtcEnd | undefined;
  #isOver = true;
  #waiting: (() => void)[] = [];

  constructor(connect: ConnectRtc, config: Partial<RtcConfig> = {}) {
    this.connection = connect(
      { iceServers: [], relayOnly: false, ...config },
      {
        onCandidate: (candidate) =>
          this.#heard('candidate', () => {
            if (this.other === undefined) this.candidates.push(candidate);
            else this.other.connection.addCandidate(candidate);
          }),
        onStage: (stage) => this.#heard('stage', () => this.stages.push(stage)),
        onNegotiationNeeded: () => this.#heard('negotiation', () => undefined),
        onMessage: (message) =>
          this.#heard('message', () => {
            this.messages.push(message);
            this.onMessage?.(message);
          }),
        onDrain: () => this.#heard('drain', () => this.drains++),
        onClosed: (error) =>
          this.#heard('closed', () => {
            this.closes.push(error);
            this.#isOver = true;
          }),
      },
    );
    this.#isOver = false;
  }

  /** Gives the other end the candidates there are and will be; it knows our description by now. */
  trickleTo(other: RtcEnd): void {
    for (const candidate of this.candidates.splice(0)) other.connection.addCandidate(candidate);
    this.other = other;
  }

  /** Resolves as soon as the condition holds. It is looked at after every event of this end. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  isOpen(): boolean {
    return this.stages.includes('channel');
  }

  close(): Promise<void> {
    this.#isOver = true;
    return this.connection.close();
  }

  #heard(what: string, keep: () => void): void {
    if (this.#isOver) this.misplaced.push(what);
    try {
      keep();
    } finally {
      for (const wake of this.#waiting.splice(0)) wake();
    }
  }
}

/** Connects two ends: an offer, an answer, and candidates as they come. */
export async function negotiate(caller: RtcEnd, callee: RtcEnd): Promise<void> {
  const answer = await callee.connection.answer(await caller.connection.offer());
  caller.trickleTo(callee);
  await caller.connection.acceptAnswer(answer);
  callee.trickleTo(caller);
}

/** Two ends with an open channel between them. */
export async function openLink(connect: ConnectRtc, config: Partial<RtcConfig> = {}): Promise<[RtcEnd, RtcEnd]> {
  const caller = new RtcEnd(connect, config);
  const callee = new RtcEnd(connect, config);
  await negotiate(caller, callee);
  await Promise.all([caller.until(() => caller.isOpen()), callee.until(() => callee.isOpen())]);
  return [caller, callee];
}

/** One message there and one back: the link works. */
export async function roundTrip(one: RtcEnd, other: RtcEnd): Promise<void> {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    const before = to.messages.length;
    from.connection.send(new Uint8Array([before & 255]));
    await to.until(() => to.messages.length > before || to.closes.length > 0);
    if (to.closes[0] !== undefined) throw to.closes[0];
  }
}
