import { describe, expect, test } from 'vitest';
import { pairKey } from './evaluate';
import type { Feature, FlagState } from './model';
import { answerOfrep, ofrepBodyLimit } from './ofrep';

const feature = (over: Partial<Feature> & { key: string }): Feature => ({
  owner: 'o',
  description: '',
  kind: 'flag',
  versions: { off: false, on: true },
  baseline: 'off',
  plane: 'builtin',
  ...over,
});

function stateOf(revision = 7): FlagState {
  const features = [
    feature({ key: 'plain' }),
    feature({ key: 'team/ü-ish' }),
    feature({ key: 'split' }),
    feature({ key: 'object', versions: { a: { deep: [1, null] } }, baseline: 'a' }),
    feature({ key: 'service', kind: 'deployment', versions: { v1: 'v1' }, baseline: 'v1' }),
  ];
  return {
    revision,
    features: new Map(features.map((f) => [f.key, f])),
    cohorts: new Map([['beta', { key: 'beta', description: '', rules: [{ attribute: 'plan', in: ['beta'] }] }]]),
    overrides: new Map(),
    optOuts: new Set(),
    configurations: new Map(),
    exposures: new Map([
      [
        pairKey('split', 'production'),
        {
          rolloutId: 'rol_1',
          featureKey: 'split',
          environment: 'production',
          baseline: 'off',
          candidate: 'on',
          stages: [{ beta: 50 }],
          cohortOrder: ['beta'],
          holdback: 10,
        },
      ],
    ]),
  };
}

type Ask = {
  path?: string;
  method?: string;
  body?: unknown;
  raw?: string | Buffer;
  headers?: Record<string, string>;
  revision?: number;
  environment?: string;
};

function ask({ path = '', method = 'POST', body = {}, raw, headers = {}, revision, environment = 'production' }: Ask) {
  const answer = answerOfrep(
    stateOf(revision),
    environment,
    {
      method,
      path: `/ofrep/v1/evaluate/flags${path}`,
      headers,
      body: Buffer.from(raw ?? JSON.stringify(body)),
    },
    0,
  );
  return { ...answer, json: answer.body === '' ? null : JSON.parse(answer.body) };
}

const u1 = { context: { targetingKey: 'u1', plan: 'beta' } };

describe('one flag', () => {
  test('success carries key, value, reason, variant, and flat metadata', () => {
    const { status, headers, json } = ask({ path: '/split', body: u1 });
    expect(status).toBe(200);
    expect(headers['content-type']).toMatch(/^application\/json/);
    expect(json).toEqual({
      key: 'split',
      value: true,
      reason: 'SPLIT',
      variant: 'on',
      metadata: { version: '7', flagSetId: 'production', contextId: 'u1', cohort: 'beta', rolloutId: 'rol_1' },
    });
    for (const value of Object.values(json.metadata)) expect(['string', 'number', 'boolean']).toContain(typeof value);
  });

  test('what is not known is left out of the metadata, and any JSON is a value', () => {
    expect(ask({ path: '/object' }).json).toEqual({
      key: 'object',
      value: { deep: [1, null] },
      reason: 'STATIC',
      variant: 'a',
      metadata: { version: '7', flagSetId: 'production' },
    });
  });

  test('the environment decides which rollout exposes', () => {
    expect(ask({ path: '/split', body: u1, environment: 'staging' }).json).toMatchObject({
      value: false,
      reason: 'STATIC',
    });
  });

  test('a key may hold what a path may not', () => {
    expect(ask({ path: `/${encodeURIComponent('team/ü-ish')}?x=1` }).json).toMatchObject({
      key: 'team/ü-ish',
      value: false,
    });
  });

  test.each<[string, Ask, number, Record<string, unknown>]>([
    ['an unknown flag', { path: '/nope' }, 404, { key: 'nope', errorCode: 'FLAG_NOT_FOUND' }],
    ['no key', { path: '/' }, 404, { errorCode: 'FLAG_NOT_FOUND' }],
    ['a name of Object', { path: '/constructor' }, 404, { key: 'constructor', errorCode: 'FLAG_NOT_FOUND' }],
    ['a deployment', { path: '/service' }, 404, { key: 'service', errorCode: 'FLAG_NOT_FOUND' }],
    ['a key that is not encoded text', { path: '/%zz' }, 400, { key: '%zz', errorCode: 'PARSE_ERROR' }],
    ['no body', { path: '/plain', raw: '' }, 400, { key: 'plain', errorCode: 'PARSE_ERROR' }],
    ['not JSON', { path: '/plain', raw: '{"context":' }, 400, { key: 'plain', errorCode: 'PARSE_ERROR' }],
    [
      'not UTF-8',
      { path: '/plain', raw: Buffer.from('{"context":{"a":"\xff"}}', 'latin1') },
      400,
      { key: 'plain', errorCode: 'PARSE_ERROR' },
    ],
    ['a list', { path: '/plain', body: [] }, 400, { key: 'plain', errorCode: 'PARSE_ERROR' }],
    [
      'a context that is null',
      { path: '/plain', body: { context: null } },
      400,
      { key: 'plain', errorCode: 'INVALID_CONTEXT' },
    ],
    [
      'a context that is a list',
      { path: '/plain', body: { context: [] } },
      400,
      { key: 'plain', errorCode: 'INVALID_CONTEXT' },
    ],
    [
      'a context that is text',
      { path: '/plain', body: { context: 'u1' } },
      400,
      { key: 'plain', errorCode: 'INVALID_CONTEXT' },
    ],
    [
      'a targeting key that is a number',
      { path: '/plain', body: { context: { targetingKey: 1 } } },
      400,
      { key: 'plain', errorCode: 'INVALID_CONTEXT' },
    ],
    [
      'a split without a targeting key',
      { path: '/split', body: { context: { plan: 'beta' } } },
      400,
      { key: 'split', errorCode: 'TARGETING_KEY_MISSING' },
    ],
    [
      'a split with an empty one',
      { path: '/split', body: { context: { plan: 'beta', targetingKey: '' } } },
      400,
      { key: 'split', errorCode: 'TARGETING_KEY_MISSING' },
    ],
  ])('%s', (_what, request, status, body) => {
    const answer = ask(request);
    expect(answer.status).toBe(status);
    expect(answer.json).toMatchObject(body);
    expect(answer.json.errorDetails).toEqual(expect.any(String));
    expect(answer.json).not.toHaveProperty('value');
  });

  test('whoever is not split needs no targeting key', () => {
    expect(ask({ path: '/split', body: { context: {} } })).toMatchObject({
      status: 200,
      json: { value: false, reason: 'STATIC' },
    });
  });
});

describe('all flags', () => {
  test('every flag, the failures inline, under an ETag', () => {
    const { status, headers, json } = ask({ body: { context: { plan: 'beta' } } });
    expect(status).toBe(200);
    expect(headers.etag).toMatch(/^"[\w-]{27}"$/);
    expect(json.metadata).toEqual({ version: '7', flagSetId: 'production' });
    expect(json.flags.map((f: { key: string }) => f.key)).toEqual(['plain', 'team/ü-ish', 'split', 'object']);
    expect(json.flags[2]).toEqual({
      key: 'split',
      errorCode: 'TARGETING_KEY_MISSING',
      errorDetails: expect.any(String),
    });
  });

  test.each<[string, Ask, number, string]>([
    ['not JSON', { raw: '{' }, 400, 'PARSE_ERROR'],
    ['no object', { body: 'x' }, 400, 'PARSE_ERROR'],
    ['no context object', { body: { context: 3 } }, 400, 'INVALID_CONTEXT'],
  ])('%s', (_what, request, status, errorCode) => {
    const answer = ask(request);
    expect(answer.status).toBe(status);
    expect(answer.json).toMatchObject({ errorCode });
    expect(answer.json).not.toHaveProperty('key');
    expect(answer.headers.etag).toBeUndefined();
  });

  const etag = ask({ body: u1 }).headers.etag as string;

  test.each([etag, `W/${etag}`, `"x", ${etag}`, '*'])('If-None-Match: %s is 304 without a body', (given) => {
    expect(ask({ body: u1, headers: { 'if-none-match': given } })).toMatchObject({
      status: 304,
      body: '',
      headers: { etag },
    });
  });

  test.each<[string, Ask]>([
    ['another revision', { body: u1, revision: 8 }],
    ['another environment', { body: u1, environment: 'staging' }],
    ['another user', { body: { context: { ...u1.context, targetingKey: 'u2' } } }],
    ['any other attribute', { body: { context: { ...u1.context, country: 'de' } } }],
    ['a nested attribute', { body: { context: { ...u1.context, a: { b: 1 } } } }],
  ])('%s is not "not modified"', (_what, request) => {
    expect(ask({ ...request, headers: { 'if-none-match': etag } }).status).toBe(200);
  });

  test('two unequal tags do not match by accident', () => {
    expect(ask({ body: u1, headers: { 'if-none-match': '"", W/"", x' } }).status).toBe(200);
  });
});

describe('transport', () => {
  test.each(['GET', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'post'])('%s is 405 and says POST', (method) => {
    for (const path of ['', '/plain'])
      expect(ask({ method, path })).toMatchObject({ status: 405, headers: { allow: 'POST' } });
  });

  test('a body up to 1 MiB is read, one byte more is 413', () => {
    const fill = (length: number) => `{"context":{"a":"${'x'.repeat(length - 20)}"}}`.padEnd(length);
    expect(fill(ofrepBodyLimit)).toHaveLength(ofrepBodyLimit);
    expect(ask({ path: '/plain', raw: fill(ofrepBodyLimit) }).status).toBe(200);
    expect(ask({ path: '/plain', raw: fill(ofrepBodyLimit + 1) })).toMatchObject({
      status: 413,
      json: { errorDetails: expect.any(String) },
    });
  });

  test('the deepest nesting that fits is answered', () => {
    const depth = 500_000;
    const raw = `{"context":{"plan":${'['.repeat(depth)}${']'.repeat(depth)}}}`;
    for (const path of ['', '/split']) expect([200, 400]).toContain(ask({ path, raw }).status);
  });

  test.each(['x', '/../flags'])('%s after the root is not a flag of ours', (path) => {
    expect(ask({ path }).status).toBe(404);
  });
});
