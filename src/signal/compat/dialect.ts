import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { CloseReason } from '../../protocol/closes.ts';
import type { AddressOf } from '../client-address.ts';
import type { RequestHandler } from '../requests.ts';
import type { UpgradeRefusal } from '../upgrade.ts';
import type { TransportOptions } from '../ws-transport.ts';

/**
 * The wire of another system, translated onto rooms of its own: nobody in them sees a peer of another dialect or of our own
 * protocol, and nothing in the rooms machine knows of it. docs/compat.md tells what each does.
 */
export interface Dialect {
  /** What may share a port with it is told apart by path. */
  takesSocket(path: string): boolean;
  /** Answers a request for a WebSocket whose path it takes. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Answers a request for something of its own. */
  readonly handle?: RequestHandler;
  /** Enforces the deadlines that have passed. */
  sweep(): void;
  /** Refuses whoever still comes and tells the others to go. */
  stop(reason: CloseReason): void;
  /** Cuts whoever has not gone yet. */
  terminate(): void;
  readonly connections: number;
}

/** What a daemon gives its dialects. */
export interface DialectContext extends TransportOptions {
  /** Why a page of this origin may not speak to the daemon; undefined when it may. */
  readonly refuseOrigin: (request: IncomingMessage) => UpgradeRefusal | undefined;
  readonly addressOf: AddressOf;
  /** That of this package. */
  readonly version: string;
}

export type OpenDialect = (context: DialectContext) => Dialect;
