import type { Figure, Limit } from './figure.ts';

const HEADINGS = ['figure', 'unit', 'ours', 'bare', 'ratio', 'min–max', 'limit', ''];

/** The figures as lines for a person. */
export function tableOf(figures: readonly Figure[]): string {
  const rows = [HEADINGS, ...figures.map(rowOf)];
  const widths = HEADINGS.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => row.map((cell, column) => align(cell, column, widths[column] ?? 0)).join('  ')).join('\n');
}

function rowOf({ name, unit, ours, bare, ratio, limit, ok }: Figure): string[] {
  const spread = ratio === null ? '' : `${ratio.min.toFixed(2)}–${ratio.max.toFixed(2)}`;
  const verdict = limit === null ? '' : ok ? 'ok' : 'FAILED';
  const median = ratio?.median.toFixed(2) ?? '';
  return [name, unit, amount(ours), bare === null ? '' : amount(bare), median, spread, limitText(limit), verdict];
}

function amount(value: number): string {
  return value < 100 ? value.toFixed(1) : Math.round(value).toLocaleString('en');
}

function limitText(limit: Limit | null): string {
  if (limit === null) return '';
  return 'atLeast' in limit ? `≥ ${limit.atLeast}` : `≤ ${limit.atMost}`;
}

/** Words to the left, numbers to the right. */
function align(cell: string, column: number, width: number): string {
  return column < 2 ? cell.padEnd(width) : cell.padStart(width);
}
