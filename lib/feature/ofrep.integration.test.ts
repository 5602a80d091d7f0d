/** The stock SDK and provider against our answers over real HTTP. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { OFREPProvider } from '@openfeature/ofrep-provider';
import { ErrorCode, OpenFeature, StandardResolutionReasons } from '@openfeature/server-sdk';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testDatabase } from '@/e2e/database';
import { kill, putCohort, putFeature, revive, setOverride } from './feature';
import { type Flags, openFlags } from './flags';
import { answerOfrep } from './ofrep';

const { database, url, context } = testDatabase();
let flags: Flags;
let server: Server;

beforeAll(async () => {
  flags = await openFlags({ url: url(), database: database(), process: 'test', now: () => new Date() });
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { status, headers, body } = answerOfrep(
        flags.state(),
        'production',
        {
          method: request.method ?? '',
          path: request.url ?? '',
          headers: request.headers as Record<string, string | undefined>,
          body: Buffer.concat(chunks),
        },
        Date.now(),
      );
      response.writeHead(status, headers).end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await OpenFeature.setProviderAndWait(new OFREPProvider({ baseUrl: `http://127.0.0.1:${port}` }));
  await putCohort(context(), { key: 'beta', rules: [{ attribute: 'user.plan', in: ['beta'] }] });
  for (const [key, versions] of [
    ['bool', { control: false, treatment: true }],
    ['text', { control: 'a', treatment: 'b' }],
    ['number', { control: 1, treatment: 2.5 }],
    ['object', { control: { a: 1 }, treatment: { a: [2] } }],
  ] as const) {
    await putFeature(context(), { key, owner: 'o', versions, baseline: 'control' });
    const serve = { effect: 'serve', version: 'treatment', reason: 'r' };
    await setOverride(context(), key, { scope: 'cohort', value: 'beta', ...serve });
  }
});

afterAll(async () => {
  await OpenFeature.close();
  await new Promise((resolve) => server.close(resolve));
  await flags.close();
});

const beta = { targetingKey: 'u1', user: { plan: 'beta' } };
const other = { targetingKey: 'u2' };

test('every type of value, by cohort', async () => {
  const client = OpenFeature.getClient();
  expect(await client.getBooleanValue('bool', false, beta)).toBe(true);
  expect(await client.getBooleanValue('bool', true, other)).toBe(false);
  expect(await client.getStringValue('text', '', beta)).toBe('b');
  expect(await client.getNumberValue('number', 0, beta)).toBe(2.5);
  expect(await client.getObjectValue('object', {}, beta)).toEqual({ a: [2] });
});

test('the details carry variant, reason and the metadata that telemetry hooks read', async () => {
  const details = await OpenFeature.getClient().getBooleanDetails('bool', false, beta);
  expect(details).toMatchObject({
    value: true,
    variant: 'treatment',
    reason: StandardResolutionReasons.TARGETING_MATCH,
    flagMetadata: { version: String(flags.state().revision), flagSetId: 'production', contextId: 'u1' },
  });
});

test('an unknown flag and a wrong type come back as their errors, with the default', async () => {
  const client = OpenFeature.getClient();
  expect(await client.getBooleanDetails('nope', true, beta)).toMatchObject({
    value: true,
    errorCode: ErrorCode.FLAG_NOT_FOUND,
  });
  expect(await client.getBooleanDetails('text', true, beta)).toMatchObject({
    value: true,
    errorCode: ErrorCode.TYPE_MISMATCH,
  });
});

test('a kill is served as soon as the verb has answered, and its revival too', async () => {
  const client = OpenFeature.getClient();
  await kill(context(), 'bool', { reason: 'fire' });
  expect(await client.getBooleanDetails('bool', true, beta)).toMatchObject({
    value: false,
    variant: 'control',
    reason: StandardResolutionReasons.DISABLED,
  });
  await revive(context(), 'bool', { reason: 'out' });
  expect(await client.getBooleanValue('bool', false, beta)).toBe(true);
});
