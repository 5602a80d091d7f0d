/** What Belay must not be made to call, in every way of writing it that we know of. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { refusalOf, refusalOfUrl } from './address';
import { webhookInput } from './model';
import { Secret } from './secret';
import { send } from './send';

/** Hosts as they stand in an address. */
const forbidden = [
  // This machine, in all the spellings that the WHATWG parser reads.
  '127.0.0.1',
  '127.1',
  '127.0.1',
  '127.127.127.127',
  '127.0.0.1.',
  '2130706433',
  '017700000001',
  '0177.0.0.1',
  '0177.0000.0000.0001',
  '0x7f.0.0.1',
  '0x7F000001',
  '0x7f.0x0.0x0.0x1',
  '0x7f.1',
  '0x7f.0.1',
  '00000177.1',
  '127.0.0.0x1',
  '%31%32%37%2e%30%2e%30%2e%31',
  '127%2e0%2e0%2e1',
  '127。0。0。1',
  '１２７．０．０．１',
  '①②⑦.⓪.⓪.①',
  '⑴27.0.0.1',
  '𝟏𝟐𝟕.𝟎.𝟎.𝟏',
  '127\u00ad.0.0.1',
  '[::1]',
  '[0:0:0:0:0:0:0:1]',
  '[0000:0000:0000:0000:0000:0000:0000:0001]',
  '[::0001]',
  '[::127.0.0.1]',
  '[::7f00:1]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[::FFFF:7F00:0001]',
  '[0:0:0:0:0:ffff:7f00:1]',
  '[::ffff:0:127.0.0.1]',
  '[64:ff9b::127.0.0.1]',
  '[64:ff9b::7f00:1]',
  '[64:ff9b:1::7f00:1]',
  '[2002:7f00:1::]',
  '[2001:0:7f00:1::]',
  // Every interface.
  '0.0.0.0',
  '0',
  '0x0',
  '00',
  '0.1.2.3',
  '[::]',
  '[0:0:0:0:0:0:0:0]',
  '[::ffff:0.0.0.0]',
  // Private networks.
  '10.0.0.1',
  '10.1',
  '167772161',
  '0xa.0.0.1',
  '012.0.0.1',
  '172.16.0.1',
  '172.31.255.255',
  '2886729729',
  '192.168.0.1',
  '192.168.1',
  '0xc0.0xa8.0x1.0x1',
  '0300.0250.1.1',
  '3232235777',
  '100.64.0.1',
  '100.127.255.255',
  '[fc00::1]',
  '[fd12:3456:789a::1]',
  '[::ffff:10.0.0.1]',
  '[::ffff:a00:1]',
  '[fec0::1]',
  // Link-local, and what clouds answer on.
  '169.254.169.254',
  '169.254.1',
  '2852039166',
  '0xA9FEA9FE',
  '0251.0376.0251.0376',
  '0xa9.0xfe.0xa9.0xfe',
  '025177524776',
  '[fe80::1]',
  '[::ffff:169.254.169.254]',
  '[::ffff:a9fe:a9fe]',
  '[64:ff9b::a9fe:a9fe]',
  '[fd00:ec2::254]',
  '[fd20:ce::254]',
  '168.63.129.16',
  '100.100.100.200',
  '192.0.0.192',
  // Nobody, everybody, and what is kept for books and tests.
  '255.255.255.255',
  '4294967295',
  '224.0.0.1',
  '239.255.255.255',
  '240.0.0.1',
  '192.0.2.1',
  '198.18.0.1',
  '198.51.100.1',
  '203.0.113.1',
  '192.88.99.1',
  '[ff02::1]',
  '[2001:db8::1]',
  '[3fff::1]',
  '[100::1]',
  '[4000::1]',
  '[5f00::1]',
];

const secrets = [Secret.make()];
const now = () => new Date();
let trap: Server;
let caught = 0;
let port = 0;

beforeAll(async () => {
  trap = createServer((_request, response) => response.end('caught')).on('connection', () => {
    caught++;
  });
  // Every interface of this machine, so that whatever spelling gets through is caught.
  await new Promise<void>((resolve) => trap.listen(0, '0.0.0.0', resolve));
  port = (trap.address() as AddressInfo).port;
});
afterAll(() => new Promise((resolve) => trap.close(resolve)));

const message = { id: 'msg_1', body: '{}', deadlineMs: 5_000 };
const to = (url: string, allowPrivate = false) => ({ url, secrets, allowPrivate });

test('the corpus is as long as was promised, without repeats', () => {
  expect(new Set(forbidden).size).toBe(forbidden.length);
  expect(forbidden.length).toBeGreaterThan(60);
});

test.each(forbidden)('%s is not called, nor registered', async (host) => {
  const url = `http://${host}:${port}/hook`;
  const sent = await send(to(url), message, { now });
  expect(sent).toMatchObject({ kind: 'blocked', reached: false });
  expect(webhookInput.safeParse({ name: 'n', url }).success && refusalOfUrl(url, false) === null).toBe(false);
  expect(caught).toBe(0);
});

describe('a name', () => {
  const ask = (addresses: string[], allowPrivate = false) =>
    send(to(`http://hooks.example.test:${port}/`, allowPrivate), message, { now, resolve: async () => addresses });

  test.each([
    [['127.0.0.1']],
    [['::1']],
    [['10.0.0.7']],
    [['169.254.169.254']],
    [['::ffff:127.0.0.1']],
    // One bad address among good ones is enough: which of them is taken is not ours to say.
    [['93.184.216.34', '127.0.0.1']],
    [['2606:2800:220:1:248:1893:25c8:1946', 'fd00::1']],
    // What is no full address is not guessed at.
    [['127.1']],
    [['0x7f000001']],
    [['localhost']],
  ])('for %j is blocked', async (addresses) => {
    expect(await ask(addresses)).toMatchObject({ kind: 'blocked', reached: false });
    expect(caught).toBe(0);
  });

  test('that this machine itself knows as loopback is blocked', async () => {
    expect(await send(to(`http://localhost:${port}/`), message, { now })).toMatchObject({ kind: 'blocked' });
    expect(caught).toBe(0);
  });
});

describe('an administrator who allows a private address', () => {
  test.each(['127.0.0.1', '::1', '10.0.0.1', '172.16.0.1', '192.168.1.1', '100.64.0.1', 'fd00::1'])(
    'allows %s',
    (address) => {
      expect(refusalOf(address, true)).toBeNull();
      expect(refusalOf(address, false)).not.toBeNull();
    },
  );

  test.each([
    '169.254.169.254',
    'fe80::1',
    '100.100.100.200',
    'fd00:ec2::254',
    '168.63.129.16',
    '0.0.0.0',
    '::',
    '255.255.255.255',
    '224.0.0.1',
    '::ffff:10.0.0.1',
    '64:ff9b::a00:1',
  ])('does not allow %s', (address) => {
    expect(refusalOf(address, true)).not.toBeNull();
  });
});

test.each(['93.184.216.34', '1.1.1.1', '172.15.0.1', '172.32.0.1', '100.128.0.1', '2606:4700::1111', '2a00:1450::1'])(
  '%s is public',
  (address) => {
    expect(refusalOf(address, false)).toBeNull();
  },
);

test.each([
  'ftp://example.com/',
  'file:///etc/passwd',
  'gopher://127.0.0.1/',
  'javascript:alert(1)',
  'https://user:password@example.com/',
  'https://user@example.com/',
  'https://example.com/#fragment',
  '//example.com/',
  'http://',
  'not an address',
])('%s cannot be registered', (url) => {
  expect(webhookInput.safeParse({ name: 'n', url }).success).toBe(false);
});

test.each(['ftp://127.0.0.1/', 'file:///etc/passwd', 'http://a:b@93.184.216.34/', 'nothing'])(
  '%s is not called, wherever it came from',
  async (url) => {
    expect(await send(to(url, true), message, { now })).toMatchObject({ kind: 'blocked', reached: false });
  },
);

test('the trap catches whoever is let through', async () => {
  expect(await send(to(`http://2130706433:${port}/`, true), message, { now })).toMatchObject({ body: 'caught' });
  expect(caught).toBe(1);
});
