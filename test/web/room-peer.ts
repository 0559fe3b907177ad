import { joinRoom, type PeerEvent, type Room } from '../../src/index.ts';

/** The room of the tests of the page, and its key. */
export const ROOM = 'garden';
export const SECRET = 'aSecretOfTheGarden';

/** A peer in this process, with what happened to it. */
export class RoomPeer implements AsyncDisposable {
  readonly events: PeerEvent[] = [];
  /** SHA-256 of what came, in order. */
  readonly received: string[] = [];
  /** Whether photos can be kept. */
  keeps = true;
  #room: Room | undefined;
  #wake = (): void => {};

  static async join(server: string, name: string): Promise<RoomPeer> {
    const peer = new RoomPeer();
    peer.#room = await joinRoom({
      server,
      room: ROOM,
      secret: SECRET,
      name,
      kind: 'terminal',
      sink: {
        store: (photo) => {
          if (!peer.keeps) return Promise.reject(new Error('no room left'));
          peer.received.push(photo.sha256);
          return Promise.resolve({ stored: true });
        },
      },
      onEvent: (event) => {
        peer.events.push(event);
        peer.#wake();
      },
    });
    return peer;
  }

  get room(): Room {
    if (this.#room === undefined) throw new TypeError('expected to be in the room');
    return this.#room;
  }

  of<Type extends PeerEvent['type']>(type: Type): Extract<PeerEvent, { type: Type }>[] {
    return this.events.filter((event): event is Extract<PeerEvent, { type: Type }> => event.type === type);
  }

  /** Resolves when so many events of a type have happened. */
  async until(type: PeerEvent['type'], count = 1): Promise<void> {
    while (this.of(type).length < count) await new Promise<void>((resolve) => (this.#wake = resolve));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#room?.leave();
  }
}
