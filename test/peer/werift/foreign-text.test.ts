import type { NetworkInterfaceInfo } from 'node:os';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hostAddresses, isNear } from '../../../src/peer/werift/addresses.ts';
import { readCandidate } from '../../../src/peer/werift/candidate.ts';
import { outgoing, readDescription } from '../../../src/peer/werift/description.ts';
import { SnapError } from '../../../src/protocol/errors.ts';

const FINGERPRINT = `sha-256 ${'AB:'.repeat(31)}AB`;

/** As Chromium writes it: everything in the section. */
const CHROMIUM = [
  'v=0',
  'o=- 4611 2 IN IP4 127.0.0.1',
  's=-',
  't=0 0',
  'a=group:BUNDLE 0',
  'a=extmap-allow-mixed',
  'a=msid-semantic: WMS',
  'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
  'c=IN IP4 0.0.0.0',
  'a=candidate:1 1 udp 2113937151 9b36eaac-bb2e-49bb-bb78-21c41c499900.local 5000 typ host generation 0',
  'a=ice-ufrag:Yk8+',
  'a=ice-pwd:tjs1kXyzVmL9/r0qAbCdEfGh',
  'a=ice-options:trickle',
  `a=fingerprint:${FINGERPRINT}`,
  'a=setup:actpass',
  'a=mid:0',
  'a=sctp-port:5000',
  'a=max-message-size:262144',
  '',
].join('\r\n');

/** As Firefox does: the fingerprint belongs to the session. */
const FIREFOX = CHROMIUM.replace(`a=fingerprint:${FINGERPRINT}\r\n`, '').replace(
  'a=extmap-allow-mixed',
  `a=fingerprint:${FINGERPRINT}`,
);

describe('descriptions', () => {
  test.each([
    ['Chromium', CHROMIUM],
    ['Firefox', FIREFOX],
  ])('of %s are understood', (_, sdp) => {
    const read = readDescription('offer', sdp);
    expect(read).toMatchObject({ mid: '0', maxMessageBytes: 65_536 });
    expect(read.candidates).toHaveLength(1);
    for (const line of ['a=ice-ufrag:Yk8+', `a=fingerprint:${FINGERPRINT}`, 'a=setup:actpass', 'a=sctp-port:5000'])
      expect(read.sdp.split('\r\n')).toContain(line);
  });

  test.each([
    ['16384', 16_384],
    ['0', 65_536],
    ['65537', 65_536],
    ['-1', 65_536],
    ['much', 65_536],
  ])('a message size of %s', (said, bytes) => {
    const sdp = CHROMIUM.replace('max-message-size:262144', `max-message-size:${said}`);
    expect(readDescription('offer', sdp).maxMessageBytes).toBe(bytes);
  });

  test.each([
    ['a second section', `${CHROMIUM}m=audio 9 UDP/TLS/RTP/SAVPF 0\r\n`],
    ['no fingerprint', CHROMIUM.replace(/a=fingerprint.*\r\n/, '')],
    ['a weak fingerprint', CHROMIUM.replace(/sha-256 .*/, `sha-1 ${'AB:'.repeat(19)}AB`)],
    ['no password', CHROMIUM.replace(/a=ice-pwd.*\r\n/, '')],
    ['a port that is none', CHROMIUM.replace('sctp-port:5000', 'sctp-port:99999')],
  ])('with %s are refused', (_, sdp) => {
    expect(() => readDescription('offer', sdp)).toThrow(expect.objectContaining({ code: 'protocol-violation' }));
  });

  test('an answer chooses a role', () => {
    expect(() => readDescription('answer', CHROMIUM)).toThrow(/a=setup/);
    expect(readDescription('answer', CHROMIUM.replace('actpass', 'active')).sdp).toContain('a=setup:active');
  });

  test('whatever comes in, nothing but known lines comes out, or a SnapError', () => {
    const known =
      /^(?:v=0|[ost]=[-\w. ]*|c=IN IP4 0\.0\.0\.0|m=application 9 UDP\/DTLS\/SCTP webrtc-datachannel|a=[\w:+/ -]*|)$/;
    const lines = fc.array(fc.oneof(fc.constantFrom(...CHROMIUM.split('\r\n')), fc.string()));
    fc.assert(
      fc.property(
        fc.oneof(
          lines.map((all) => all.join('\n')),
          fc.string(),
        ),
        (sdp) => {
          try {
            for (const line of readDescription('offer', sdp).sdp.split('\r\n')) expect(line).toMatch(known);
          } catch (error) {
            if (!(error instanceof SnapError)) throw error;
          }
        },
      ),
    );
  });

  test('what goes out chooses no role in an offer, and leaves the end of candidates open', () => {
    const ours = 'a=setup:passive\r\na=end-of-candidates\r\na=mid:0\r\n';
    expect(outgoing('offer', ours)).toBe('a=setup:actpass\r\na=mid:0\r\n');
    expect(outgoing('answer', ours)).toBe('a=setup:passive\r\na=mid:0\r\n');
  });
});

describe('candidates', () => {
  test.each([
    ['candidate:842163049 1 udp 1677729535 203.0.113.9 46154 typ srflx raddr 0.0.0.0 rport 0 generation 0', 'srflx'],
    ['candidate:0 1 UDP 2122252543 192.0.2.2 50000 typ host', 'host'],
    ['a=candidate:1 1 udp 41885439 2001:DB8::1 5000 typ relay raddr :: rport 9', 'relay'],
  ])('%s', (line, type) => {
    expect(readCandidate(line)).toMatchObject({ component: 1, transport: 'udp', type });
  });

  test('anything else is none, and nothing throws', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (address, rest) => {
        expect(readCandidate(address)).toBeUndefined();
        const read = readCandidate(`candidate:1 1 udp 1 ${address} 9 typ host ${rest}`);
        if (read !== undefined) expect(read.host).toMatch(/^[\da-f.:]+$/);
      }),
    );
  });
});

describe('addresses', () => {
  const address = (value: string, internal = false): NetworkInterfaceInfo[] => [
    value.includes(':')
      ? { address: value, family: 'IPv6', internal, netmask: '', mac: '', cidr: null, scopeid: 0 }
      : { address: value, family: 'IPv4', internal, netmask: '', mac: '', cidr: null },
  ];
  const lo = address('127.0.0.1', true);

  test('are those of every interface, however it is called, IPv4 first', () => {
    const found = hostAddresses({ lo, a: address('fd00::2'), tun0: address('10.8.0.2'), veth1: address('fe80::1') });
    expect(found).toEqual(['10.8.0.2', 'fd00::2']);
  });

  test('are loopback where there is nothing else', () => {
    expect(hostAddresses({ lo, a: address('169.254.1.1') })).toEqual(['127.0.0.1']);
    expect(hostAddresses({})).toEqual([]);
  });

  test('are few', () => {
    const many = Object.fromEntries(
      Array.from({ length: 99 }, (_, index) => [`br${index}`, address(`10.0.${index}.1`)]),
    );
    expect(hostAddresses(many)).toHaveLength(8);
  });

  test.each(['127.0.0.1', '10.1.2.3', '172.31.255.1', '192.168.0.9', '169.254.3.4', '::1', 'fd12::1', 'fe80::1'])(
    '%s is near',
    (value) => expect(isNear(value, {})).toBe(true),
  );
  test.each(['203.0.113.9', '172.32.0.1', '2001:db8::1', 'host.local', ''])('%s is not', (value) =>
    expect(isNear(value, {})).toBe(false),
  );
  test('what shares a subnet with us is near', () => {
    const eth0 = address('203.0.113.1').map((one) => ({ ...one, cidr: '203.0.113.1/24' }));
    expect(isNear('203.0.113.9', { eth0 })).toBe(true);
    expect(isNear('203.0.114.9', { eth0 })).toBe(false);
  });
});
