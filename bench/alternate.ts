/**
 * Measures every variant once per round, A B C A B C …, so that whatever else the machine does falls on all of them.
 * Returns the samples of each variant in the order of the rounds.
 */
export async function alternate<Name extends string, Sample>(
  title: string,
  rounds: number,
  variants: Readonly<Record<Name, () => Promise<Sample>>>,
): Promise<Record<Name, Sample[]>> {
  const names = Object.keys(variants) as Name[];
  const samples = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, Sample[]>;
  for (let round = 1; round <= rounds; round += 1) {
    console.error(`${title}: round ${round} of ${rounds}`);
    for (const name of names) samples[name].push(await variants[name]());
  }
  return samples;
}
