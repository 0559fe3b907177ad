/** How connections ended, for whoever asks, before or after. */
export class Ends {
  readonly #known = new Map<string, { readonly end: Promise<string>; readonly tell: (end: string) => void }>();

  of(key: string): Promise<string> {
    return this.#get(key).end;
  }

  tell(key: string, end: string): void {
    this.#get(key).tell(end);
  }

  #get(key: string): { end: Promise<string>; tell: (end: string) => void } {
    let tell: (end: string) => void = () => {};
    const made = { end: new Promise<string>((resolve) => (tell = resolve)), tell: (end: string) => tell(end) };
    const known = this.#known.get(key) ?? made;
    this.#known.set(key, known);
    return known;
  }
}
