import ipaddr from 'ipaddr.js';
import type { DaemonLimits } from './daemon-limits.ts';

type FailedJoinLimits = Pick<DaemonLimits, 'failedJoins' | 'failedJoinMs' | 'failedJoinAddresses'>;

interface Failures {
  count: number;
  readonly until: number;
}

/**
 * Joins that have failed, by the address of the client: who fails too often has to wait, and nobody else has to. Memory is
 * bounded, as an attacker may have many addresses; beyond the bound the oldest failures are forgotten.
 */
export class FailedJoins {
  readonly #limits: FailedJoinLimits;
  readonly #now: () => number;
  /** By network. Each is kept equally long from its first failure on, so the order of insertion is the order of expiry. */
  readonly #failures = new Map<string, Failures>();

  /** `now` is milliseconds that only grow. */
  constructor(limits: FailedJoinLimits, now: () => number) {
    this.#limits = limits;
    this.#now = now;
  }

  add(address: string): void {
    const now = this.#now();
    for (const [network, { until }] of this.#failures) {
      if (until > now) break;
      this.#failures.delete(network);
    }
    const network = networkOf(address);
    const failures = this.#failures.get(network);
    if (failures === undefined) this.#failures.set(network, { count: 1, until: now + this.#limits.failedJoinMs });
    else failures.count += 1;
    const [oldest] = this.#failures.keys();
    if (this.#failures.size > this.#limits.failedJoinAddresses && oldest !== undefined) this.#failures.delete(oldest);
  }

  /** How long nothing from this address is looked at, ms; 0 when it is. */
  waitMs(address: string): number {
    const failures = this.#failures.get(networkOf(address));
    if (failures === undefined || failures.count < this.#limits.failedJoins) return 0;
    return Math.max(0, failures.until - this.#now());
  }
}

/** The addresses that one client has: of IPv6 whoever has one has the 2^64 of its network. */
export function networkOf(address: string): string {
  const parsed = parseAddress(address);
  if (parsed === undefined || !('parts' in parsed)) return address;
  return `${parsed.parts
    .slice(0, 4)
    .map((part) => part.toString(16))
    .join(':')}::/64`;
}

function parseAddress(address: string): ReturnType<typeof ipaddr.parse> | undefined {
  try {
    return ipaddr.parse(address);
  } catch {
    return undefined;
  }
}
