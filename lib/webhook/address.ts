/**
 * Which addresses Belay may call. What is not plainly a public unicast address is refused, so a range that nobody
 * thought of is refused too; an administrator may let one target be on a private network or on this machine.
 * What a cloud answers its guests on (metadata, credentials) is refused to everybody: no control plane lives there.
 */
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Of the clouds whose metadata is not on a link-local address. */
const metadata = new Set([
  '168.63.129.16', // Azure
  '100.100.100.200', // Alibaba
  '192.0.0.192', // Oracle
  'fd00:ec2::254', // AWS
  'fd20:ce::254', // Google
]);

const privateRanges = new Set(['loopback', 'private', 'carrierGradeNat', 'uniqueLocal']);

const words: Record<string, string> = {
  loopback: 'this machine',
  private: 'a private network',
  carrierGradeNat: 'a private network (carrier-grade NAT)',
  uniqueLocal: 'a private network',
  linkLocal: 'link-local',
  ipv4Mapped: 'an IPv4 address in disguise',
};

/** Global unicast as it is given out today (RFC 4291 §2.4, IANA): the deprecated forms of IPv4 in IPv6 are outside. */
const globalUnicast: [ipaddr.IPv6, number] = [ipaddr.IPv6.parse('2000::'), 3];

/** Null: it may be called. Only full addresses are read; `127.1` or `0x7f000001` is none. */
export function refusalOf(address: string, allowPrivate: boolean): string | null {
  if (isIP(address) === 0) return 'is not an address';
  const parsed = ipaddr.parse(address);
  const range = parsed.range();
  if (metadata.has(parsed.toString())) return 'is a cloud metadata address';
  if (privateRanges.has(range)) return allowPrivate ? null : `is ${words[range]}`;
  if (range !== 'unicast') return `is ${words[range] ?? `a ${range} address`}`;
  if (parsed instanceof ipaddr.IPv6 && !parsed.match(globalUnicast)) return 'is not a public address';
  return null;
}

/** What can be said of an address before its name is resolved: WHATWG has read `0x7f.1` and `２１３０７０６４３３` by then. */
export function refusalOfUrl(text: string, allowPrivate: boolean): string | null {
  if (!URL.canParse(text)) return 'is not an address';
  const { hostname } = new URL(text);
  const literal = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
  return isIP(literal) === 0 ? null : refusalOf(literal, allowPrivate);
}
