import { describe, expect, test } from 'vitest';
import { isLoopback, isOwnPage, peerOf, readCredentials } from './credentials';

const local = { host: '127.0.0.1:3000', 'x-forwarded-for': '127.0.0.1' };
const of = (headers: Record<string, string>) => new Headers(headers);

describe('loopback', () => {
  test.each([
    ['a program on this machine', {}, true],
    ['by IPv6', { host: '[::1]:3000', 'x-forwarded-for': '::1' }, true],
    ['by a mapped address', { host: 'localhost:3000', 'x-forwarded-for': '::ffff:127.0.0.1' }, true],
    ['our own page', { origin: 'http://127.0.0.1:3000', 'sec-fetch-site': 'same-origin' }, true],
    ['through a proxy that names its client', { 'x-forwarded-for': '203.0.113.9' }, false],
    ['through a chain that began outside', { 'x-forwarded-for': '203.0.113.9, 127.0.0.1' }, false],
    ['through a proxy that speaks RFC 7239', { forwarded: 'for=203.0.113.9' }, false],
    ['a rebound name', { host: 'evil.test:3000' }, false],
    ['a name that only begins well', { host: '127.0.0.1.evil.test:3000' }, false],
    ['another site in a browser', { 'sec-fetch-site': 'cross-site' }, false],
    ['another port in a browser', { origin: 'http://127.0.0.1:8080', 'sec-fetch-site': 'same-site' }, false],
    ['a sandboxed frame', { origin: 'null' }, false],
  ])('%s', (_name, headers, expected) => {
    expect(isLoopback(of({ ...local, ...headers }), '127.0.0.1')).toBe(expected);
  });

  test('nobody is on loopback when the console is bound to more', () => {
    expect(isLoopback(of(local), '0.0.0.0')).toBe(false);
    expect(isLoopback(of(local), '192.168.1.4')).toBe(false);
    expect(isLoopback(of(local), '::1')).toBe(true);
  });
});

describe('a change from our own page', () => {
  test.each([
    ['says where it is from', { origin: 'http://127.0.0.1:3000' }, true],
    ['says nothing', {}, false],
    ['is from another site', { origin: 'https://evil.test' }, false],
    ['is from another port', { origin: 'http://127.0.0.1:3001' }, false],
    ['hides where it is from', { origin: 'null' }, false],
    ['contradicts itself', { origin: 'http://127.0.0.1:3000', 'sec-fetch-site': 'cross-site' }, false],
    ['came through a proxy', { origin: 'https://belay.test', 'x-forwarded-host': 'belay.test' }, true],
  ])('%s', (_name, headers, expected) => {
    expect(isOwnPage(of({ ...local, ...headers }))).toBe(expected);
  });
});

test('the https cookie wins over one that plain http could have planted', () => {
  const cookie = 'belay_session=planted; other=1; __Host-belay_session=real';
  expect(readCredentials(of({ cookie }))).toEqual({ session: 'real' });
  expect(readCredentials(of({ cookie: 'xbelay_session=1; belay_session=plain=' })).session).toBe('plain=');
  expect(readCredentials(of({})).session).toBeUndefined();
});

test.each([
  ['203.0.113.9', '203.0.113.9'],
  ['spoofed, 203.0.113.9', '203.0.113.9'],
  ['::ffff:203.0.113.9', '203.0.113.9'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:DB8:1:2::9', '2001:db8:1:2'],
  ['2001:db8::9', '2001:db8:0:0'],
  ['::1', '0:0:0:0'],
  ['x'.repeat(500), 'x'.repeat(45)],
  ['', ''],
])('%s is counted as %s', (given, counted) => {
  expect(peerOf(of({ 'x-forwarded-for': given }))).toBe(counted);
});
