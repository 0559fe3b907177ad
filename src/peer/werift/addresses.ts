import { BlockList, isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { NetworkInterfaceInfo } from 'node:os';

/** Each address is a socket, and two peers try every pair of them: a host with many bridges must not try hundreds. */
const ADDRESSES_MAX = 8;

/**
 * The addresses offered as host candidates: every one of this machine that is neither loopback nor link-local, IPv4 first.
 * Where there is none, loopback, so that two processes meet on a machine without a network. (werift itself never offers
 * loopback and leaves out interfaces by name, veth and tun among them.)
 */
export function hostAddresses(interfaces: NodeJS.Dict<NetworkInterfaceInfo[]> = networkInterfaces()): string[] {
  const all = Object.values(interfaces).flatMap((addresses) => addresses ?? []);
  const outside = all.filter(({ internal, address }) => !internal && !LINK_LOCAL.check(address, family(address)));
  const usable = outside.length > 0 ? outside : all.filter(({ internal }) => internal);
  const ordered = [...usable.filter((one) => one.family === 'IPv4'), ...usable.filter((one) => one.family !== 'IPv4')];
  return [...new Set(ordered.map(({ address }) => address))].slice(0, ADDRESSES_MAX);
}

/** Is this an address of this machine or a network it is on: a private one, or one of an interface's subnet? */
export function isNear(
  address: string,
  interfaces: NodeJS.Dict<NetworkInterfaceInfo[]> = networkInterfaces(),
): boolean {
  if (isIP(address) === 0) return false;
  if (PRIVATE.check(address, family(address)) || LINK_LOCAL.check(address, family(address))) return true;
  const subnets = new BlockList();
  for (const { cidr } of Object.values(interfaces).flatMap((addresses) => addresses ?? [])) {
    const [network = '', bits] = cidr?.split('/') ?? [];
    if (isIP(network) !== 0) subnets.addSubnet(network, Number(bits), family(network));
  }
  return subnets.check(address, family(address));
}

function family(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4';
}

const LINK_LOCAL = new BlockList();
LINK_LOCAL.addSubnet('169.254.0.0', 16, 'ipv4');
LINK_LOCAL.addSubnet('fe80::', 10, 'ipv6');

// RFC 1918, RFC 4193 and loopback.
const PRIVATE = new BlockList();
PRIVATE.addSubnet('10.0.0.0', 8, 'ipv4');
PRIVATE.addSubnet('172.16.0.0', 12, 'ipv4');
PRIVATE.addSubnet('192.168.0.0', 16, 'ipv4');
PRIVATE.addSubnet('127.0.0.0', 8, 'ipv4');
PRIVATE.addSubnet('fc00::', 7, 'ipv6');
PRIVATE.addAddress('::1', 'ipv6');
