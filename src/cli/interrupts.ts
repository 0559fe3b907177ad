/** A signal that ended the run; `exit` follows the convention 128 + its number. */
export interface Interrupt {
  readonly name: 'SIGINT' | 'SIGTERM';
  readonly exit: 130 | 143;
}

/**
 * The first SIGINT or SIGTERM aborts the returned signal with an `Interrupt` as its reason, so that the run can end
 * politely; the second one ends the process at once.
 */
export function listenForInterrupts(): { readonly signal: AbortSignal; stop(): void } {
  const controller = new AbortController();
  const onSignal = (interrupt: Interrupt) => (): void => {
    if (controller.signal.aborted) process.exit(interrupt.exit);
    controller.abort(interrupt);
  };
  const onInt = onSignal({ name: 'SIGINT', exit: 130 });
  const onTerm = onSignal({ name: 'SIGTERM', exit: 143 });
  process.on('SIGINT', onInt);
  process.on('SIGTERM', onTerm);
  return {
    signal: controller.signal,
    stop() {
      process.off('SIGINT', onInt);
      process.off('SIGTERM', onTerm);
    },
  };
}
