import { chai, JestAsymmetricMatchers, JestChaiExpect, JestExtend, GLOBAL_EXPECT, setState } from '@vitest/expect';

/**
 * Stands in for `vitest` where a suite runs inside a page: the same matchers (vitest's own), and tests that are only kept
 * until the Node side, which reports them, asks for one by its name.
 */
const tests = new Map<string, () => unknown>();
const cleanUps: (() => unknown)[] = [];

chai.use(JestExtend);
chai.use(JestChaiExpect);
chai.use(JestAsymmetricMatchers);

export const { expect } = chai;
Object.defineProperty(globalThis, GLOBAL_EXPECT, { value: expect });
setState({ assertionCalls: 0, isExpectingAssertions: false }, expect as never);

export function describe(_name: string, declare: () => void): void {
  declare();
}

export function test(name: string, body: () => unknown): void {
  if (tests.has(name)) throw new Error(`two tests are called ${JSON.stringify(name)}`);
  tests.set(name, body);
}

export function afterEach(cleanUp: () => unknown): void {
  cleanUps.push(cleanUp);
}

/** Runs one test as vitest would: it fails with the first error of its body or of the clean-ups after it. */
export async function runTest(name: string): Promise<void> {
  const body = tests.get(name);
  if (body === undefined) throw new Error(`no test here is called ${JSON.stringify(name)}`);
  try {
    await body();
  } finally {
    for (const cleanUp of cleanUps) await cleanUp();
  }
}
