import { createHash } from 'node:crypto';
import type { DialectContext } from './dialect.ts';
import { ForeignRooms } from './foreign-rooms.ts';
import type { SocketIoLine, SocketIoService } from './socket-io-service.ts';

/** Peer numbers, per room: the first offers to the others, the second to the third. */
const PLACES = [1, 2, 3] as const;
type Place = (typeof PLACES)[number];

/** Longer is no name that a person types. */
const ROOM_LENGTH = 256;
/** Names that need no other spelling in a log; shorter than a hash, so that none can be taken for one. */
const PLAIN_ROOM = /^[A-Za-z0-9_-]{1,40}$/;

interface Room {
  readonly name: string;
  readonly places: Map<Place, SocketIoLine>;
}

interface Seat {
  readonly room: Room;
  readonly place: Place;
}

/** An event for another client of the room. */
interface Relayed {
  readonly event: string;
  readonly args: readonly unknown[];
}

/**
 * The dialect `snap-photo`: rooms of three, whose members are told their number and relay by it. The original addresses
 * everybody who is connected; here nothing leaves a room.
 */
export function snapPhoto(context: DialectContext): SocketIoService {
  /** Maps, since a room may have the name of anything, such as `constructor`. */
  const byName = new Map<string, Room>();
  const seats = new Map<SocketIoLine, Seat>();
  const rooms = new ForeignRooms<SocketIoLine, Relayed>(
    PLACES.length,
    {
      tell(line, message) {
        if (message.type === 'peer-left') line.say('exit');
      },
      relay: (line, _from, { event, args }) => line.say(event, ...args),
      // The room was full, which the client learns from `join`.
      close: () => {},
    },
    context.onEvent,
  );

  const leave = (line: SocketIoLine): void => {
    const seat = seats.get(line);
    if (seat === undefined) return;
    seats.delete(line);
    seat.room.places.delete(seat.place);
    if (seat.room.places.size === 0) byName.delete(seat.room.name);
    rooms.leave(line);
  };
  const join = (line: SocketIoLine, name: string): void => {
    leave(line);
    rooms.join(line, spell(name), line.id);
    const room = byName.get(name) ?? { name, places: new Map<Place, SocketIoLine>() };
    const place = PLACES.find((one) => !room.places.has(one));
    if (place === undefined || rooms.seatOf(line) === undefined) {
      line.say('full', name);
      return;
    }
    byName.set(name, room);
    room.places.set(place, line);
    seats.set(line, { room, place });
    line.say(GREETINGS[place], name, line.id);
    // Of each pair the one with the lower number starts, whichever came later: a place may be taken anew.
    for (const [other, otherLine] of room.places) {
      if (other === place) continue;
      const starter = other < place ? otherLine : line;
      if (Math.max(other, place) === 2) starter.say('ready', name);
      else starter.say('thirduser');
    }
  };
  const pass = (seat: Seat, to: Place, event: string, ...args: readonly unknown[]): void => {
    const sender = seat.room.places.get(seat.place);
    const receiver = seat.room.places.get(to);
    if (sender !== undefined && receiver !== undefined) rooms.relay(sender, receiver.id, { event, args });
  };

  return {
    takesUndecided: false,
    isSpokenBy: (event) => event === 'create or join' || event === 'ipaddress',
    open: () => {},
    receive(line, event, [first, second]) {
      if (event === 'create or join') {
        if (typeof first === 'string' && first.length <= ROOM_LENGTH) join(line, first);
        return;
      }
      const seat = seats.get(line);
      if (seat === undefined) return;
      if (event === 'exit') {
        if (first === undefined || first === seat.room.name) leave(line);
        return;
      }
      if (first === undefined || first === null) return;
      switch (event) {
        case 'message':
          if (seat.place !== 3) pass(seat, seat.place === 1 ? 2 : 1, 'message', first);
          return;
        case 'messagetothird':
          if (seat.place === 1) pass(seat, 3, 'message', first);
          if (seat.place === 2) pass(seat, 3, 'messagetothird', first, false);
          return;
        case 'messagetosecond':
          if (typeof second === 'boolean') pass(seat, second ? 2 : 1, 'messagetosecond', first, second);
          return;
        default:
        // `ipaddress` among them: a stranger is not told what addresses this machine has.
      }
    },
    gone: leave,
  };
}

const GREETINGS = { 1: 'created', 2: 'joined', 3: 'secondjoined' } as const satisfies Record<Place, string>;

/** A name for the rooms of the daemon and its log. */
function spell(name: string): string {
  return PLAIN_ROOM.test(name) ? name : createHash('sha256').update(name).digest('base64url');
}
