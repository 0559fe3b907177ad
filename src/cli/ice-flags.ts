import { InvalidArgumentError, type Command } from 'commander';
import { SnapError } from '../protocol/errors.ts';
import type { IceServer } from '../protocol/signaling.ts';
import { turnServer } from '../signal/turn-credentials.ts';
import { collect } from './flags.ts';
import { readSecretFile } from './secret-file.ts';

export interface IceFlags {
  readonly stun?: string[];
  readonly turn?: string[];
  readonly turnSecretFile?: string;
}

/** The flags with which a daemon's owner says what peers use to find a way to each other. */
export function addIceFlags(command: Command): Command {
  return command
    .option(
      '--stun <url>',
      'a STUN server for all peers, like stun:stun.example.org:3478 (repeatable; none unless given)',
      collect(urlParser('stun')),
    )
    .option(
      '--turn <url>',
      'a TURN server for all peers, like turn:turn.example.org:3478 (repeatable; needs --turn-secret-file)',
      collect(urlParser('turn')),
    )
    .option(
      '--turn-secret-file <path>',
      'the secret shared with the TURN server (coturn: static-auth-secret); peers get credentials that expire',
    );
}

/** What each peer is told to use. @throws SnapError `usage` */
export async function iceServersFor(flags: IceFlags): Promise<(peer: string) => IceServer[]> {
  const { stun, turn, turnSecretFile } = flags;
  const always: IceServer[] = stun === undefined ? [] : [{ urls: stun }];
  if ((turn === undefined) !== (turnSecretFile === undefined))
    throw new SnapError('usage', 'expected --turn and --turn-secret-file together');
  if (turn === undefined || turnSecretFile === undefined) return () => always;
  const secret = await readSecret(turnSecretFile);
  return (peer) => [...always, turnServer(turn, secret, peer, Date.now())];
}

async function readSecret(path: string): Promise<string> {
  const text = await readSecretFile(path, 'the TURN secret');
  const secret = text.trim();
  if (secret === '')
    throw new SnapError('usage', `expected the TURN secret in ${JSON.stringify(path)}, the file is empty`);
  return secret;
}

function urlParser(scheme: 'stun' | 'turn'): (text: string) => string {
  const url = new RegExp(`^${scheme}s?:[^\\s/?#@]+(\\?transport=(udp|tcp))?$`);
  return (text) => {
    if (url.test(text)) return text;
    throw new InvalidArgumentError(`Expected a URL like ${scheme}:${scheme}.example.org:3478.`);
  };
}
