import { Command, CommanderError } from 'commander';
import { VERSION } from '../version.ts';
import { applyConfigFile } from './config-file.ts';
import type { CliContext } from './context.ts';
import type { CliEvent } from './events.ts';
import { EXIT_CODES, exitCodesText, toFailure, type Failure } from './exit-codes.ts';
import { listenForInterrupts, type Interrupt } from './interrupts.ts';
import { addJoinCommand } from './join-command.ts';
import { addLoopbackCommand } from './loopback-command.ts';
import { addPeersCommand } from './peers-command.ts';
import { createJsonReport, type Report } from './report.ts';
import { addServeCommand } from './serve-command.ts';
import { addTokenCommand } from './token-command.ts';

/** After its last word nothing should keep the process; if something does all the same, it ends this much later, ms. */
const LINGER_MS = 1_000;

/** Runs the command line and sets the exit code of the process. */
export async function main(argv: readonly string[]): Promise<void> {
  const json = argv.includes('--json');
  const { stdout, stderr, env, stdin } = process;
  endQuietlyWithout(stdout);
  endQuietlyWithout(stderr);
  let report: Report | undefined;
  const emit = (event: CliEvent): void => report?.emit(event);
  const run =
    (name: string) =>
    async (work: (context: CliContext) => Promise<void>): Promise<void> => {
      report = await createReport(json);
      // Before the first word: whoever hears it may press Ctrl-C.
      const interrupts = listenForInterrupts();
      emit({ event: 'hello', version: VERSION, command: name });
      let end: Extract<CliEvent, { event: 'done' }>;
      try {
        await work({ version: VERSION, env, stdin, report: emit, signal: interrupts.signal });
        end = { event: 'done', ok: true, exit: EXIT_CODES.done.exit };
      } catch (error) {
        end = failedEnd(error);
      }
      interrupts.stop();
      finish(end);
    };
  const finish = (end: Extract<CliEvent, { event: 'done' }>): void => {
    emit(end);
    report?.end();
    process.exitCode = end.exit;
    setTimeout(() => process.exit(), LINGER_MS).unref();
  };

  const program = new Command('snap-share')
    .description('Photos between terminals and browsers over WebRTC, with receipts that mean delivered.')
    .version(VERSION, '-V, --version')
    .exitOverride()
    .configureOutput({ outputError: (text, write) => json || write(text) })
    .showHelpAfterError('(--help shows the flags)');
  addServeCommand(program, run('serve'));
  addJoinCommand(program, run('join'));
  addPeersCommand(program, run('peers'));
  addLoopbackCommand(program, run('loopback'));
  addTokenCommand(program, run('token'));
  addHelpCommand(program);
  try {
    applyConfigFile(program, env);
    await program.parseAsync([...argv], { from: 'user' });
  } catch (error) {
    // --help and --version end here as well, with 0.
    if (error instanceof CommanderError && error.exitCode === 0) return;
    // Commander has told a person already.
    if (json || !(error instanceof CommanderError)) report = await createReport(json);
    emit({ event: 'hello', version: VERSION, command: 'usage' });
    finish(error instanceof CommanderError ? usageEnd(error) : failedEnd(error));
  }
}

async function createReport(json: boolean): Promise<Report> {
  const { stdout, stderr } = process;
  if (json) return createJsonReport(stdout, () => performance.now());
  const { createHumanReport } = await import('./human-report.ts');
  const plain = process.env['NO_COLOR'] !== undefined && process.env['NO_COLOR'] !== '';
  return createHumanReport({
    stdout,
    stderr,
    color: stderr.isTTY && !plain,
    live: stderr.isTTY && process.env['TERM'] !== 'dumb' && process.env['CI'] === undefined,
  });
}

function usageEnd(error: CommanderError): Extract<CliEvent, { event: 'done' }> {
  const message = error.message.replace(/^error: /, '').replace(/\s+/g, ' ');
  const { exit } = EXIT_CODES.usage;
  return { event: 'done', ok: false, exit, error: { code: 'usage', message, retryable: false } };
}

function failedEnd(error: unknown): Extract<CliEvent, { event: 'done' }> {
  if (isInterrupt(error)) {
    const message = `ended by ${error.name}`;
    return { event: 'done', ok: false, exit: error.exit, error: { code: 'aborted', message, retryable: true } };
  }
  const { exit, code, message, retryable }: Failure = toFailure(error);
  return { event: 'done', ok: false, exit, error: { code, message, retryable } };
}

function isInterrupt(error: unknown): error is Interrupt {
  return typeof error === 'object' && error !== null && 'exit' in error && 'name' in error && !(error instanceof Error);
}

/** `snap-share help exit-codes`, beside commander's `help <command>`. */
function addHelpCommand(program: Command): void {
  program.helpCommand(false);
  program
    .command('help')
    .summary('help for a command, or: help exit-codes')
    .argument('[topic]', 'a command, or exit-codes')
    .action((topic: string | undefined) => {
      if (topic === 'exit-codes') {
        process.stdout.write(exitCodesText());
        return;
      }
      const command = program.commands.find((known) => known.name() === topic);
      if (topic !== undefined && command === undefined)
        throw new CommanderError(EXIT_CODES.usage.exit, 'usage', `expected a command or exit-codes, got '${topic}'`);
      (command ?? program).outputHelp();
    });
}

/** A reader that went away (`| head`) is no failure of ours to report, and nobody is left to report to. */
function endQuietlyWithout(stream: NodeJS.WriteStream): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0);
    throw error;
  });
}
