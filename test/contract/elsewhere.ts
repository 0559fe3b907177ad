/** A page that holds the implementation and the suite: only there can calls be made that answer at once. */
export interface Elsewhere {
  /** Runs the test of this name there; rejects with its failure. */
  run(test: string): Promise<void>;
}
