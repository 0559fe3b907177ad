import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContext } from 'playwright-core';
import { launchChromium } from '../test/web/chromium.ts';
import { alternate } from './alternate.ts';
import { BarePage } from './bare-page.ts';
import { Child, pathOf, snapShare, startBare, startDaemon } from './child.ts';
import { figure, type Benchmark, type Figure } from './figure.ts';
import { RoomPage } from './room-page.ts';
import { smallPhoto } from './small-photo.ts';

const SECRET = 'Zk3vQ0m9XcT1bYw8LrD5Ug';

/** Where two ends meet. */
interface Place {
  readonly daemon: string;
  readonly relay: string;
  /** For what they need and keep. */
  readonly directory: string;
  readonly context: () => Promise<BrowserContext>;
}

/** Sends one photo over a link that is open: another one each time. Resolves with how long it took, ms. */
type Send = () => Promise<number>;
type Measure = (variants: { readonly ours: Send; readonly bare: Send }) => Promise<Figure>;

/**
 * A photo of 300 kB from the click on Send to the tick, or from being shared by a terminal to its receipt, against the same
 * bytes and one answer over a bare channel between the same two. Ours is also sealed, hashed, decoded and stored.
 */
export const clickToTick: Benchmark = {
  name: 'click-to-tick',
  async run({ quick }) {
    const directory = await mkdtemp(join(tmpdir(), 'snap-share-bench-'));
    const figures: Figure[] = [];
    try {
      await using daemon = await startDaemon();
      await using relay = await startBare('relay.mjs');
      for (const [name, exchange] of Object.entries(ROUTES)) {
        // A browser for each, so that nothing that is open takes time from anything else.
        await using browser = await launchChromium();
        const place = { daemon: daemon.url, relay: relay.url, directory, context: () => browser.context() };
        figures.push(
          await exchange(place, async (variants) => {
            await alternate(`${name}, warming up`, 3, variants);
            const time = await alternate(name, quick ? 5 : 21, variants);
            return figure(name, 'ms', time, { atMost: 1.5 });
          }),
        );
      }
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
    return figures;
  },
};

const ROUTES: Readonly<Record<string, (place: Place, measure: Measure) => Promise<Figure>>> = {
  'photo, page to page': async (place, measure) => {
    const link = `${place.daemon}r/pages#${SECRET}`;
    const receiver = await RoomPage.open(await place.context(), link);
    const sender = await RoomPage.open(await place.context(), link);
    const bareReceiver = await BarePage.open(await place.context());
    const bareSender = await BarePage.open(await place.context());
    await bareReceiver.accept(place.relay);
    await Promise.all([sender.connected(), bareSender.connect(place.relay)]);
    return await measure(fromPage(sender, bareSender, () => receiver.shown()));
  },

  'photo, page to terminal': async (place, measure) => {
    const directory = join(place.directory, 'saved');
    const address = [`out#${SECRET}`, '--server', place.daemon];
    await using receiver = new Child(snapShare('join', ...address, '--save', directory));
    await receiver.event('room');
    await using bareReceiver = new Child([pathOf('bare/receive.mjs'), place.relay]);
    await bareReceiver.event('ready');
    const sender = await RoomPage.open(await place.context(), `${place.daemon}r/out#${SECRET}`);
    const bareSender = await BarePage.open(await place.context());
    await Promise.all([sender.connected(), bareSender.connect(place.relay)]);
    return await measure(fromPage(sender, bareSender, () => receiver.event('photo-received')));
  },

  'photo, terminal to page': async (place, measure) => {
    const file = join(place.directory, 'photo.jpg');
    const receiver = await RoomPage.open(await place.context(), `${place.daemon}r/in#${SECRET}`);
    await using sender = new Child([pathOf('ours/share-files.mjs'), place.daemon, 'in', SECRET]);
    const bareReceiver = await BarePage.open(await place.context());
    await bareReceiver.accept(place.relay);
    await using bareSender = new Child([pathOf('bare/send-files.mjs'), place.relay]);
    await Promise.all([sender.event('ready'), bareSender.event('ready')]);
    const send = async (terminal: Child): Promise<number> => {
      terminal.tell(file);
      const { ms } = await terminal.event('delivered');
      return Number(ms);
    };
    return await measure({
      ours: async () => {
        await writeFile(file, await smallPhoto());
        const ms = await send(sender);
        await receiver.shown();
        return ms;
      },
      bare: () => send(bareSender),
    });
  },
};

/** The bare page sends what ours made of the picture. `settled`: nobody is busy with the photo any more. */
function fromPage(page: RoomPage, bare: BarePage, settled: () => Promise<unknown>): Parameters<Measure>[0] {
  let draft = '';
  return {
    ours: async () => {
      draft = await page.choose(await smallPhoto());
      const ms = await page.send();
      await settled();
      return ms;
    },
    bare: () => bare.send(draft),
  };
}
