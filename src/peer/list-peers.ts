import { closeReasonOf } from '../protocol/closes.ts';
import { SnapError } from '../protocol/errors.ts';
import { checkAccess, checkRoomName } from '../protocol/room-address.ts';
import { formatMessage, oneLine, parseListAnswer, type PeersMessage } from '../protocol/signaling.ts';
import type { Clock } from './clock.ts';
import { closeError, strangeWords } from './daemon-error.ts';
import type { OpenSignalSocket } from './signal-socket.ts';
import { FIRST_CONTACT_MS } from './signaling-client.ts';

export interface ListOptions {
  /** The daemon's base address, `http://host:port/`. */
  readonly server: string;
  readonly room: string;
  /** What a private daemon wants to see: one of its keys, or a token for this room. */
  readonly access?: string;
  /** Gives up asking. */
  readonly signal?: AbortSignal;
}

export interface ListPorts {
  readonly openSocket: OpenSignalSocket;
  readonly clock: Clock;
}

/** Who is in a room. */
export type Listing = Omit<PeersMessage, 'type'>;

/** How long one connection may take to the answer, ms. */
const ANSWER_MS = 10_000;
/** A daemon that is not there may be starting this moment: it is asked again after this, ms. */
const AGAIN_MS = 250;

/**
 * Asks a daemon who is in a room, without joining it.
 * @throws SnapError `daemon-unreachable`, `not-a-daemon`, `aborted` and the daemon's refusals; `usage`
 */
export async function listPeers(options: ListOptions, ports: ListPorts): Promise<Listing> {
  checkRoomName(options.room);
  if (options.access !== undefined) checkAccess(options.access);
  const { clock } = ports;
  const startedAt = clock.now();
  for (;;) {
    try {
      return await ask(options, ports);
    } catch (error) {
      const isOut = error instanceof SnapError && error.code === 'daemon-unreachable';
      if (!isOut || clock.now() - startedAt >= FIRST_CONTACT_MS) throw error;
    }
    await new Promise<void>((resolve) => clock.after(AGAIN_MS, resolve));
  }
}

/** Asks once, over a connection of its own. */
function ask(options: ListOptions, { openSocket, clock }: ListPorts): Promise<Listing> {
  const { server, room, access, signal } = options;
  return new Promise((resolve, reject) => {
    const givenUp = (): SnapError => new SnapError('aborted', 'asking was given up', { cause: signal?.reason });
    if (signal?.aborted === true) {
      reject(givenUp());
      return;
    }
    /** Why the daemon is about to refuse us, in its words. */
    let denial: string | undefined;
    /** What it is settled with first counts. */
    const end = (settle: () => void): void => {
      cancelDeadline();
      signal?.removeEventListener('abort', onAbort);
      socket.close();
      settle();
    };
    const fail = (error: SnapError): void => end(() => reject(error));
    const onAbort = (): void => fail(givenUp());
    const socket = openSocket(server, {
      onOpen: () => socket.send(formatMessage({ type: 'list', room, ...(access && { access }) })),
      onMessage: (text) => {
        const parsed = parseListAnswer(text);
        if (!parsed.ok) fail(strangeWords(server, parsed.problem));
        else if (parsed.message.type === 'peers') {
          const { type: _, ...listing } = parsed.message;
          end(() => resolve(listing));
        }
        // After an error comes a close.
        else if (parsed.message.type === 'error' && parsed.message.code === 'access-denied')
          denial = oneLine(parsed.message.message);
      },
      onAlive: () => {},
      onClose: (close) => fail(closeError(close, closeReasonOf(close.code, close.reason), options, denial)),
    });
    const cancelDeadline = clock.after(ANSWER_MS, () => {
      const problem = `no answer within ${ANSWER_MS / 1_000} s`;
      fail(closeError({ code: 1006, reason: '', problem }, undefined, options));
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
