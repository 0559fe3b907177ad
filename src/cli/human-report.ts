import { styleText } from 'node:util';
import { createLogUpdate } from 'log-update';
import { renderUnicodeCompact } from 'uqr';
import type { CliEvent } from './events.ts';
import type { Report, TextSink } from './report.ts';

type Style = Parameters<typeof styleText>[0];

interface HumanStreams {
  /** Results only: the paths of stored photos, the link of a room that was made. */
  readonly stdout: TextSink;
  /** Everything else. */
  readonly stderr: NodeJS.WriteStream;
  readonly color: boolean;
  /** May lines be rewritten? */
  readonly live: boolean;
}

interface PeerLine {
  readonly name: string;
  state: string;
}

/** Text for a person: a line for whatever happened and, on a terminal, one live line per peer below. */
export function createHumanReport({ stdout, stderr, color, live }: HumanStreams): Report {
  const paint = (style: Style, text: string): string =>
    color ? styleText(style, text, { validateStream: false }) : text;
  const peers = new Map<string, PeerLine>();
  const update = live ? createLogUpdate(stderr, { showCursor: true }) : undefined;
  let sharing: string | undefined;

  const draw = (): void => {
    if (update === undefined) return;
    const width = Math.max(4, ...[...peers.values()].map(({ name }) => name.length));
    update([...peers.values()].map(({ name, state }) => `  ${name.padEnd(width)}  ${state}`).join('\n'));
  };
  let prefix = '';
  const say = (text: string, to: TextSink = stderr): void => {
    update?.clear();
    to.write(`${to === stderr ? prefix : ''}${text}\n`);
    if (prefix === '') draw();
  };
  const set = (peer: string, name: string, state: string): void => {
    peers.set(peer, { name, state });
    // Several peers of one process see one another: a line for each pair would be noise.
    if (prefix === '') draw();
    else update?.clear();
  };
  const nameOf = (peer: string): string => peers.get(peer)?.name ?? peer;
  const ok = paint('green', '✓');
  const bad = paint('red', '✗');

  return {
    emit(event: CliEvent) {
      prefix = event.as === undefined ? '' : `${paint('cyan', event.as)} `;
      switch (event.event) {
        case 'hello':
          return;
        case 'ready':
          say(`snap-share is listening on ${paint('bold', event.url)} (Ctrl-C ends it)`);
          if (event.fingerprint !== undefined)
            say(`its certificate has the SHA-256 ${event.fingerprint} (join --tls-fingerprint takes it)`);
          if (event.private === true)
            say('it is private: who joins needs a key or a token ("snap-share token" makes one)');
          for (const { name, url } of event.compat ?? []) say(`clients of ${name} are served at ${url}`);
          return;
        case 'room': {
          // The other way is what everybody expects.
          const how = event.transport === 'sse' ? ' (over event streams)' : '';
          if (event.again === true) {
            say(`${ok} back in room ${paint('bold', event.room)} as peer ${event.number}${how}`);
            return;
          }
          say(`${ok} in room ${paint('bold', event.room)} as peer ${event.number} of ${event.capacity}${how}`);
          if (event.link !== undefined && event.link !== sharing) {
            sharing = event.link;
            say(renderUnicodeCompact(event.link));
            say('Whoever has this link can join:');
            say(event.link, stdout);
          }
          for (const { peer, name } of event.peers) set(peer, label(name, peer), 'connecting');
          return;
        }
        case 'peer-joined':
          say(`  ${label(event.name, event.peer)} joined${event.room === undefined ? '' : ` room ${event.room}`}`);
          if (event.room === undefined) set(event.peer, label(event.name, event.peer), 'connecting');
          return;
        case 'peer-connected': {
          const name = label(event.name, event.peer);
          const proof = event.verified
            ? paint('green', 'verified')
            : paint('yellow', `unverified: compare the words "${event.words ?? ''}"`);
          say(`${ok} connected to ${paint('bold', name)} in ${event.ms} ms (${event.route}, ${proof})`);
          set(event.peer, name, `connected (${event.route})`);
          return;
        }
        case 'peer-reconnecting':
          say(`${bad} ${label(event.name, event.peer)}: ${event.message}; reconnecting`);
          set(event.peer, label(event.name, event.peer), 'reconnecting');
          return;
        case 'peer-left': {
          const name = event.name === undefined ? event.peer : label(event.name, event.peer);
          peers.delete(event.peer);
          say(`  ${name}${PARTINGS[event.reason]}${event.room === undefined ? '' : ` (room ${event.room})`}`);
          return;
        }
        case 'photo-captured':
          say(
            `  photo from ${event.source}: ${event.width}×${event.height}, ${size(event.inputBytes)} → ${size(event.bytes)}` +
              ` ${paint('dim', event.sha256.slice(0, 12))}`,
          );
          return;
        case 'photo-progress':
          if (update === undefined) return;
          set(
            event.peer,
            nameOf(event.peer),
            `${event.direction === 'out' ? 'sending' : 'receiving'} ${bar(event.bytes / event.total)} ${Math.floor((100 * event.bytes) / event.total)} % of ${size(event.total)}`,
          );
          return;
        case 'photo-delivered':
          set(event.peer, nameOf(event.peer), `${ok} delivered`);
          say(
            `${ok} delivered to ${nameOf(event.peer)} in ${event.ms} ms: ${size(event.bytes)}, SHA-256 ${paint('dim', event.sha256)}${event.stored ? '' : ' (verified, not stored)'}`,
          );
          return;
        case 'photo-received':
          set(event.peer, nameOf(event.peer), `${ok} received`);
          say(
            `${ok} received from ${label(event.from, event.peer)}: ${event.width}×${event.height}, ${size(event.bytes)}, SHA-256 ${paint('dim', event.sha256)}`,
          );
          if (event.path !== undefined) say(event.path, stdout);
          return;
        case 'photo-failed':
          say(
            `${bad} ${event.direction === 'out' ? 'not delivered to' : 'not received from'} ${nameOf(event.peer)}: ${event.message}`,
          );
          return;
        case 'daemon-lost':
          if (event.code === 'session-expired') {
            say('  this session is over: joining anew');
            return;
          }
          say(`${bad} the daemon is out of reach, trying again; open connections go on (${event.message})`);
          return;
        case 'warning':
          say(`${paint('yellow', 'warning')} ${event.message}`);
          return;
        case 'refused':
          say(
            `  refused ${event.reason}${event.problem === undefined ? '' : `, ${event.problem}`}${event.room === undefined ? '' : ` (room ${event.room})`}`,
          );
          return;
        case 'token':
          say(event.link ?? event.token, stdout);
          return;
        case 'listing':
          if (event.peers === 0) say(`nobody is in room ${paint('bold', event.room)}`);
          else say(`room ${paint('bold', event.room)}: ${event.peers} of ${event.capacity} seats are taken`);
          return;
        case 'peer': {
          // Names last: nobody can know how wide a terminal draws them.
          const columns = [
            String(event.number).padStart(3),
            event.kind.padEnd('terminal'.length),
            event.transport.padEnd('sse'.length),
            ago(event.ageMs).padStart('59 min ago'.length),
            label(event.name, event.peer),
          ];
          say(`${columns.join('  ')}${event.away === true ? ' (away)' : ''}`, stdout);
          return;
        }
        case 'summary':
          say(
            `${ok} ${paint('bold', `${event.peers} peers, ${event.receipts} receipts`)}: connected in ${event.connectMs.median} ms` +
              ` (at most ${event.connectMs.max}), delivered in ${event.deliveryMs.median} ms (at most ${event.deliveryMs.max})`,
          );
          if (event.saved !== undefined) say(`  photos are in ${event.saved}`);
          return;
        case 'done':
          update?.clear();
          if (event.error !== undefined && event.exit !== 130 && event.exit !== 143)
            stderr.write(`${paint('red', 'error')} ${event.error.message}\n`);
          return;
      }
    },
    end() {
      update?.done();
    },
  };
}

const PARTINGS = { left: ' left', lost: ' is gone', expired: ' has to join anew: its session is over' } as const;

function label(name: string, peer: string): string {
  return name === '' ? peer.slice(0, 6) : name;
}

/** The largest whole unit, as people say it. */
function ago(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h ago`;
  return `${Math.floor(seconds / 86_400)} d ago`;
}

function size(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  if (bytes < 1_000_000) return `${(bytes / 1_000).toFixed(0)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

function bar(fraction: number): string {
  const full = Math.round(fraction * 16);
  return `${'█'.repeat(full)}${'░'.repeat(16 - full)}`;
}
