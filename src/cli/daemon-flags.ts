import { Option, type Command } from 'commander';
import type { NodeOptions } from '../peer/node/ports.ts';
import { parseServer, parseTlsFingerprint } from './flags.ts';

export interface DaemonFlags {
  readonly server: string;
  readonly tlsFingerprint?: string;
  readonly transport: NonNullable<NodeOptions['transport']>;
}

export const ROOM_ARGUMENT = 'a room name, room#secret, or a link like http://host:8787/r/room#secret';

/** The flags with which a command finds its daemon. */
export function addDaemonFlags(command: Command): Command {
  return command
    .addOption(
      new Option('--server <url>', 'the daemon')
        .env('SNAP_SHARE_SERVER')
        .default('http://127.0.0.1:8787/')
        .argParser(parseServer),
    )
    .addOption(
      new Option(
        '--tls-fingerprint <sha256>',
        'accept the daemon with exactly this certificate, trusted or not; "snap-share serve" prints it',
      )
        .env('SNAP_SHARE_TLS_FINGERPRINT')
        .argParser(parseTlsFingerprint),
    )
    .addOption(
      new Option(
        '--transport <how>',
        'how to speak to the daemon: ws, a WebSocket; sse, event streams; auto, the second where the first is blocked',
      )
        .env('SNAP_SHARE_TRANSPORT')
        .choices(['ws', 'sse', 'auto'])
        .default('auto'),
    );
}
