import { expect, test } from 'vitest';
import { BelayError, badInput, errorCodes } from '@/lib/errors';
import { answers, type Problem, problemFor } from './problem';

const read = async (response: Response) => ({ response, body: (await response.json()) as Problem });

test('every code has an answer of its own, and the answer says so in its body', async () => {
  const statuses = errorCodes.map((code) => answers[code].status);
  expect(new Set(statuses).size).toBe(errorCodes.length);
  for (const code of errorCodes) {
    const { response, body } = await read(problemFor(new BelayError(code, 'said')));
    expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(body).toMatchObject({ type: 'about:blank', status: response.status, code, detail: 'said' });
  }
});

test('fields are named; 401 says how to be known; 503 says when to come back', async () => {
  const { body } = await read(problemFor(badInput([{ field: 'stages[1].exposure.beta', message: 'is over 100' }])));
  expect(body.errors).toEqual([{ field: 'stages[1].exposure.beta', message: 'is over 100' }]);
  expect(problemFor(new BelayError('unauthenticated', '')).headers.get('www-authenticate')).toMatch(/^Bearer/);
  expect(problemFor(new BelayError('unavailable', '')).headers.get('retry-after')).toBe('1');
});

test('a defect says nothing of itself to the caller', async () => {
  const reported: unknown[] = [];
  const error = new TypeError('canary in the message');
  const { response, body } = await read(problemFor(error, (defect) => reported.push(defect)));
  expect(reported).toEqual([error]);
  expect(response.status).toBe(500);
  expect(JSON.stringify(body)).not.toContain('canary');
});

test.each(['57P01', '08006', 'ECONNREFUSED', '53300', 'CONNECTION_ENDED'])(
  '%s is the moment, not the request',
  async (code) => {
    const cause = Object.assign(new Error('driver'), { code });
    const { response } = await read(problemFor(new Error('query failed', { cause }), () => {}));
    expect(response.status).toBe(503);
  },
);

test('a constraint that nobody foresaw is a defect', async () => {
  const cause = Object.assign(new Error('driver'), { code: '23505' });
  expect(problemFor(new Error('query failed', { cause }), () => {}).status).toBe(500);
});
