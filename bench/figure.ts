/** What a benchmark is told. */
export interface Effort {
  /** Fewer rounds and less work: to see that it runs, not to believe the figures. */
  readonly quick: boolean;
}

export interface Benchmark {
  readonly name: string;
  run(effort: Effort): Promise<Figure[]>;
}

/** A bound on a ratio, or on `ours` where there is none. */
export type Limit = { readonly atLeast: number } | { readonly atMost: number };

/**
 * One row of the result. `ours` and `bare` are medians, `ratio` those of the rounds: ours / bare. Both are null for an
 * amount that no bare program has.
 */
export interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly ours: number;
  readonly bare: number | null;
  readonly ratio: {
    readonly median: number;
    readonly min: number;
    readonly max: number;
    readonly rounds: number;
  } | null;
  readonly limit: Limit | null;
  readonly ok: boolean;
}

/** Both lists are of the same rounds, in order: what was measured side by side is compared. */
export function figure(
  name: string,
  unit: string,
  { ours, bare }: { readonly ours: readonly number[]; readonly bare: readonly number[] },
  limit: Limit | null = null,
): Figure {
  const ratios = ours.map((value, round) => value / (bare[round] ?? Number.NaN));
  const ratio = { median: median(ratios), min: Math.min(...ratios), max: Math.max(...ratios), rounds: ratios.length };
  return { name, unit, ours: median(ours), bare: median(bare), ratio, limit, ok: holds(ratio.median, limit) };
}

/** An amount that is the same in every round and is held against nothing but its limit. */
export function amountFigure(name: string, unit: string, ours: number, limit: Limit): Figure {
  return { name, unit, ours, bare: null, ratio: null, limit, ok: holds(ours, limit) };
}

function holds(value: number, limit: Limit | null): boolean {
  if (limit === null) return true;
  return 'atLeast' in limit ? value >= limit.atLeast : value <= limit.atMost;
}

function median(values: readonly number[]): number {
  const sorted = [...values].toSorted((a, b) => a - b);
  const [low = Number.NaN, high = low] = sorted.slice(Math.floor((sorted.length - 1) / 2));
  return sorted.length % 2 === 0 ? (low + high) / 2 : low;
}
