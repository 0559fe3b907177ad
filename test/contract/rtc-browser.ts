import { afterAll, beforeAll, expect, test } from 'vitest';
import { SnapError } from '../../src/protocol/errors.ts';
import type { BrowserName } from '../browser/browsers.ts';
import { TestPage } from '../browser/test-page.ts';
import { connectWerift } from '../../src/peer/werift/connection.ts';
import { rtcContract } from './rtc.ts';
import { RtcEnd } from './rtc-end.ts';
import { rtcPairContract } from './rtc-pair.ts';
import { signalSocketContract } from './signal-socket.ts';

/** The promises of both ports in a page of this browser, and of the WebRTC port between it and a terminal. */
export function browserContract(name: BrowserName): void {
  let page: TestPage | undefined;
  beforeAll(async () => {
    page = await TestPage.open(name);
  });
  afterAll(() => page?.[Symbol.asyncDispose]());

  const opened = (): TestPage => {
    if (page === undefined) throw new Error('the page is not there');
    return page;
  };
  const inPage = { run: (test: string) => opened().run(test) };
  rtcContract(name, inPage);
  signalSocketContract('a WebSocket', inPage);
  signalSocketContract('a stream of events', inPage);
  signalSocketContract('the better of two sockets', inPage);
  signalSocketContract('the one of two sockets that gets through', inPage);
  rtcPairContract(
    { name: 'werift', load: () => Promise.resolve(connectWerift) },
    { name, load: () => Promise.resolve(opened().connect) },
  );

  test(`${name} is given a server address that it cannot read: the connection ends, and says so`, async () => {
    const end = new RtcEnd(opened().connect, { iceServers: [{ urls: ['nonsense'] }] });
    await end.until(() => end.closes.length > 0);
    expect(end.closes).toEqual([expect.objectContaining({ code: 'no-connection' })]);
    await expect(end.connection.offer()).rejects.toThrow(SnapError);
    await end.close();
  });
}
