import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { promisify } from 'node:util';
import { classes, Message, methods } from 'werift';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { connectWerift } from '../../../src/peer/werift/connection.ts';
import { inside } from '../../../src/peer/werift/parts.ts';
import { openLink, roundTrip } from '../../contract/rtc-end.ts';
import type { RtcEnd } from '../../contract/rtc-end.ts';
import { chunk, openWithInside, record } from './inside.ts';
import type { HostileSession, OpenedLink } from './inside.ts';

const STRING = 51;
const BINARY = 53;

describe('whatever a peer sends costs it at most its own link', () => {
  let link: OpenedLink;
  let bystanders: [RtcEnd, RtcEnd];
  const unheard: unknown[] = [];
  const hear = (error: unknown): void => void unheard.push(error);

  beforeEach(async () => {
    process.on('unhandledRejection', hear).on('uncaughtException', hear);
    link = await openWithInside();
    bystanders = await openLink(connectWerift);
  });

  afterEach(async () => {
    await roundTrip(...bystanders);
    await Promise.all([link.attacker, link.victim, ...bystanders].map((end) => end.close()));
    process.off('unhandledRejection', hear).off('uncaughtException', hear);
    expect(unheard.splice(0)).toEqual([]);
    expect([link.victim, ...bystanders].flatMap((end) => end.misplaced)).toEqual([]);
  });

  const endsWith = async (code: string): Promise<void> => {
    const { victim } = link;
    await victim.until(() => victim.closes.length > 0);
    expect(victim.closes).toEqual([expect.objectContaining({ code })]);
  };
  const survives = (): Promise<void> => roundTrip(link.attacker, link.victim);

  describe('messages', () => {
    test.each([
      ['an unknown payload protocol', 99, Buffer.from('x')],
      ['text', STRING, Buffer.from('x')],
      ['an empty message', 57, Buffer.alloc(1)],
      ['more than a frame', BINARY, Buffer.alloc(65_537)],
    ])('%s', async (_, protocol, data) => {
      void link.attackersParts.sctp.send(0, protocol, data);
      await endsWith('protocol-violation');
      expect(link.victim.messages).toEqual([]);
    });

    test('channels that the other side opens alone are not there', async () => {
      const { sctp } = link.attackersParts;
      const open = Buffer.from([3, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0x78]);
      for (const message of [open, Buffer.from([2]), Buffer.from([3]), Buffer.from([255]), open.subarray(0, 11)])
        for (const stream of [0, 1, 7, 65_534]) void sctp.send(stream, 50, message);
      void sctp.send(1, BINARY, Buffer.from('to nobody'));
      await survives();
    });
  });

  describe('packets inside DTLS', () => {
    test.each([
      ['nothing', Buffer.alloc(0)],
      ['three bytes', Buffer.from([1, 2, 3])],
      ['a header alone', Buffer.alloc(12)],
      ['a chunk type of a later day', Buffer.concat([Buffer.alloc(12), Buffer.from([0x84, 0, 0, 4])])],
    ])('%s is nothing', async (_, packet) => {
      await link.attackersParts.dtls.sendData(packet);
      await survives();
    });

    test.each([
      ['text', Buffer.from('not a packet of SCTP at all, but long enough for one')],
      ['a chunk with no length', Buffer.alloc(100)],
      ['a wrong checksum', Buffer.concat([Buffer.alloc(12), Buffer.from([11, 0, 0, 4])])],
    ])('%s', async (_, packet) => {
      await link.attackersParts.dtls.sendData(packet);
      await endsWith('protocol-violation');
    });

    test.each([
      ['a chunk longer than its packet', chunk(0, Buffer.alloc(13), 5_000)],
      ['a parameter with no length', chunk(4, Buffer.alloc(8))],
      ['a parameter longer than its chunk', chunk(130, Buffer.from([0, 13, 1, 0]))],
      ['a piece of a message with nothing in it', chunk(0, Buffer.alloc(12))],
      ['a stream list that is cut off', chunk(192, Buffer.from([255, 255, 255, 255, 0, 0]))],
    ])('%s', async (_, bad) => {
      await link.attackersParts.sctp.sendChunk(bad);
      await endsWith('protocol-violation');
    });

    test.each([
      ['an acknowledgement of what was never sent', 1, 0],
      ['gaps in what was never sent', -1, 1],
    ])('%s', async (_, ahead, gaps) => {
      const body = Buffer.alloc(12 + 4 * gaps, 255);
      body.writeUInt32BE((link.victimsParts.sctp.localTsn + ahead) >>> 0, 0);
      body.writeUInt32BE(gaps << 16, 8);
      if (gaps > 0) body.writeUInt16BE(1, 12);
      await link.attackersParts.sctp.sendChunk(chunk(3, body));
      await endsWith('protocol-violation');
    });

    test('the end of the association', async () => {
      await link.attackersParts.sctp.sendChunk(chunk(7, Buffer.alloc(4)));
      await endsWith('link-lost');
    });

    test('a message that never ends, past the window', async () => {
      const { sctp } = link.attackersParts;
      const { victim } = link;
      while (victim.closes.length === 0) {
        const body = Buffer.alloc(1_212);
        body.writeUInt32BE(sctp.localTsn, 0);
        sctp.localTsn = (sctp.localTsn + 1) >>> 0;
        body.writeUInt32BE(BINARY, 8);
        await sctp.sendChunk(chunk(0, body));
        await new Promise((resolve) => setImmediate(resolve));
      }
      await endsWith('protocol-violation');
    });

    test('the goodbye of another implementation', async () => {
      const session = inside<HostileSession>(link.attackersParts.dtls.dtls);
      const recordLayerHeader = {
        contentType: 21,
        protocolVersion: { major: 254, minor: 253 },
        epoch: 1,
        sequenceNumber: 99,
        contentLen: 2,
      };
      const goodbye = session.cipher.encryptPacket({ recordLayerHeader, fragment: Buffer.from([1, 0]) });
      await session.transport.send(record(21, 1, goodbye.fragment));
      await endsWith('link-lost');
    });
  });

  describe('datagrams that anybody could send', () => {
    const CLIENT_HELLO = Buffer.from([1, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 4, 254, 253, 0, 0]);
    const check = (username: string): Buffer =>
      new Message(methods.BINDING, classes.REQUEST)
        .setAttribute('USERNAME', username)
        .setAttribute('PRIORITY', 1)
        .setAttribute('ICE-CONTROLLING', 2n ** 64n - 1n)
        .setAttribute('USE-CANDIDATE', null)
        .addMessageIntegrity(Buffer.from('guessed'))
        .addFingerprint().bytes;
    const STRAY = [
      Buffer.alloc(0),
      Buffer.from([22]),
      Buffer.from([22, 254, 253, 0, 0]),
      Buffer.alloc(100, 200),
      Buffer.alloc(100, 25),
      record(21, 0, Buffer.from([1, 0])),
      record(21, 0, Buffer.from([2, 40])),
      record(21, 1, Buffer.from([1, 0])),
      record(21, 1, Buffer.alloc(26)),
      record(22, 0, CLIENT_HELLO),
      record(22, 0, CLIENT_HELLO.subarray(0, 5)),
      record(22, 1, CLIENT_HELLO),
      record(20, 0, Buffer.from([1])),
      record(23, 0, Buffer.from('plain')),
      record(23, 1, Buffer.from('forged')),
      record(23, 1, Buffer.alloc(100)),
      record(63, 1, Buffer.alloc(10)),
      Buffer.concat([record(25, 1, Buffer.alloc(3)), record(21, 0, Buffer.from([1, 0]))]),
      new Message(methods.BINDING, classes.REQUEST).bytes,
      check('__proto__:constructor'),
      check('guessed:guessed'),
    ];

    test('from the address of the other side', async () => {
      const pair = link.attackersParts.connection.nominated;
      if (pair === undefined) throw new Error('not connected');
      for (const datagram of STRAY) await pair.protocol.sendData(datagram, pair.remoteAddr);
      await survives();
    });

    test('from elsewhere, some of them in the name of the other side', async () => {
      const { nominated, checkList } = link.victimsParts.connection;
      if (nominated === undefined) throw new Error('not connected');
      const pairs = checkList.length;
      const socket: Socket = createSocket(nominated.localCandidate.host.includes(':') ? 'udp6' : 'udp4');
      onTestFinished(() => void socket.close());
      const { host, port } = nominated.localCandidate;
      const send = promisify<Buffer, number, string>(socket.send.bind(socket));
      for (const datagram of STRAY) await send(datagram, port, host);
      await survives();
      expect(link.victimsParts.connection.checkList).toHaveLength(pairs);
    });
  });

  test('an error of a socket of ours', async () => {
    for (const { transport } of link.victimsParts.connection.protocols)
      inside<Socket>(transport?.socket).emit('error', new Error('EPERM'));
    await survives();
  });
});
