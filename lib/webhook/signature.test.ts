import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { inspect } from 'node:util';
import { Webhook } from 'standardwebhooks';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { Secret } from './secret';
import { sign, verify } from './signature';

const now = new Date('2026-11-22T08:00:00.700Z');
const secret = Secret.parse('whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD');
const other = Secret.make();
const body = '{"type":"belay.ping","data":{"é":"…"}}';
const message = { id: 'msg_1', at: now, body, secrets: [secret] };
const after = (seconds: number) => new Date(now.getTime() + seconds * 1000);
const check = (over: Partial<Parameters<typeof verify>[0]> = {}) =>
  verify({ headers: sign(message), body, secrets: [secret], now, ...over });

afterEach(() => {
  vi.restoreAllMocks();
  syncBuiltinESMExports();
});

describe('against the reference implementation', () => {
  // It reads the clock itself, so both sides are given the present.
  const at = new Date();
  const reference = new Webhook(secret.reveal());

  test('it accepts what we sign, with several secrets too', () => {
    for (const secrets of [[secret], [other, secret]]) {
      const headers = sign({ ...message, at, secrets });
      expect(reference.verify(body, { ...headers })).toEqual(JSON.parse(body));
    }
    expect(() => reference.verify(body, { ...sign({ ...message, at, secrets: [other] }) })).toThrow();
  });

  test('we accept what it signs', () => {
    const headers = {
      'webhook-id': 'msg_2',
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': reference.sign('msg_2', at, body),
    };
    expect(verify({ headers, body, secrets: [secret], now: at })).toMatchObject({ ok: true, id: 'msg_2' });
  });
});

describe('what is not as it was signed is refused', () => {
  const headers = sign(message);
  test.each<[string, Partial<Parameters<typeof verify>[0]>, string]>([
    ['another body', { body: `${body} ` }, 'wrong_signature'],
    ['another id', { headers: { ...headers, 'webhook-id': 'msg_2' } }, 'wrong_signature'],
    ['another time', { headers: { ...headers, 'webhook-timestamp': '1795334401' } }, 'wrong_signature'],
    ['another secret', { secrets: [other] }, 'wrong_signature'],
    ['no secret', { secrets: [] }, 'wrong_signature'],
    ['another version', { headers: { ...headers, 'webhook-signature': 'v1a,AAAA' } }, 'wrong_signature'],
    ['an empty signature', { headers: { ...headers, 'webhook-signature': '' } }, 'wrong_signature'],
    ['half a signature', { headers: { ...headers, 'webhook-signature': 'v1,AAAA' } }, 'wrong_signature'],
    ['no header', { headers: {} }, 'no_headers'],
    ['a header twice', { headers: { ...headers, 'webhook-id': ['msg_1', 'msg_1'] } }, 'no_headers'],
    ['a time that is none', { headers: { ...headers, 'webhook-timestamp': '1e9' } }, 'not_a_time'],
  ])('%s', (_name, over, why) => {
    expect(check(over)).toEqual({ ok: false, why });
  });

  test('every single changed character of a signature', () => {
    const [signature = ''] = headers['webhook-signature'].split(' ');
    // The last character before the = carries two bits only: another one may stand for the same bytes.
    for (let at = 3; at < signature.length - 2; at++) {
      const changed = signature.slice(0, at) + (signature[at] === 'A' ? 'B' : 'A') + signature.slice(at + 1);
      expect(check({ headers: { ...headers, 'webhook-signature': changed } }).ok, `character ${at}`).toBe(false);
    }
  });

  test.each([
    [300, true],
    [301, false],
    [-300, true],
    [-301, false],
  ])('received %i s later: %s', (seconds, ok) => {
    expect(check({ now: after(seconds) }).ok).toBe(ok);
  });
});

test('while a secret is changed, either of the two does', () => {
  const headers = sign({ ...message, secrets: [other, secret] });
  expect(headers['webhook-signature'].split(' ')).toHaveLength(2);
  expect(check({ headers, secrets: [secret] }).ok).toBe(true);
  expect(check({ headers, secrets: [other] }).ok).toBe(true);
  expect(check({ headers, secrets: [Secret.make()] }).ok).toBe(false);
});

test('an id that could run into the time is not signed', () => {
  for (const id of ['msg.1', '', 'a b', 'msg\n1', 'x'.repeat(201)])
    expect(() => sign({ ...message, id })).toThrow(RangeError);
});

test('signatures are compared in constant time, and all of them, whatever came of the first', () => {
  const compare = vi.spyOn(crypto, 'timingSafeEqual');
  syncBuiltinESMExports();
  const twice = sign({ ...message, secrets: [secret, other] });
  expect(check({ headers: twice, secrets: [secret, other] }).ok).toBe(true);
  expect(compare).toHaveBeenCalledTimes(4);
  compare.mockClear();
  expect(check({ secrets: [other] }).ok).toBe(false);
  expect(compare).toHaveBeenCalledTimes(1);
});

describe('a secret', () => {
  const text = secret.reveal();

  test('cannot be printed by accident', () => {
    const printed = [
      String(secret),
      `${secret}`,
      JSON.stringify({ secret, list: [secret] }),
      inspect({ secret }, { depth: 9, showHidden: true }),
      JSON.stringify(Object.entries(secret)),
      JSON.stringify({ ...secret }),
      inspect(new Map([['s', secret]])),
    ].join('\n');
    expect(printed).not.toContain(text.slice(6));
    expect(printed).not.toContain(Buffer.from(text.slice(6), 'base64').toString('hex'));
    expect(printed).toContain('whsec_***');
  });

  test('is 24 to 64 bytes of proper base64 behind whsec_', () => {
    const of = (bytes: number) => `whsec_${Buffer.alloc(bytes, 7).toString('base64')}`;
    for (const bytes of [24, 32, 64]) expect(Secret.parse(of(bytes)).reveal()).toBe(of(bytes));
    for (const wrong of [
      '',
      'whsec_',
      of(23),
      of(65),
      of(24).slice(6),
      of(25).slice(0, -1),
      `${of(24)}!`,
      ` ${of(24)}`,
    ])
      expect(() => Secret.parse(wrong), wrong).toThrow('must be whsec_');
    const made = Secret.make().reveal();
    expect(Buffer.from(made.slice(6), 'base64')).toHaveLength(32);
    expect(Secret.make().reveal()).not.toBe(made);
  });

  test('is not repeated by the complaint about it', () => {
    try {
      Secret.parse('whsec_canary');
      expect.unreachable();
    } catch (error) {
      expect(inspect(error)).not.toContain('canary');
    }
  });
});
