import type { CliEvent } from './events.ts';

/** What a command may use of the process; only main.ts knows the process itself. */
export interface CliContext {
  readonly version: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: AsyncIterable<Uint8Array>;
  /** Reports an event. The last one, `done`, is main.ts's. */
  readonly report: (event: CliEvent) => void;
  /** Aborted by the first Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal;
}

/** Flags that every command has. */
export interface CommonFlags {
  readonly json?: boolean;
}
