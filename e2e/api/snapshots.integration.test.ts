/** Configuration and snapshots over REST, and the configuration as OFREP answers it. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { ConfigurationView } from '@/lib/configuration/model';
import { answerOfrep } from '@/lib/feature/ofrep';
import { loadFlagState } from '@/lib/feature/state';
import type { RestoreView } from '@/lib/rollback/model';
import type { ComparisonView, RestorePreview, SnapshotView } from '@/lib/snapshot/model';
import { call, testConsole } from './console';

const house = testConsole();
let key = '';
let viewer = '';
let elsewhere = '';
beforeAll(async () => {
  key = await house.newKey('admin');
  viewer = await house.newKey('viewer');
  elsewhere = await house.newKey('admin', 'staging');
});

const environment = 'production';
let features = 0;
async function newFeature(): Promise<string> {
  const name = `feature-${++features}`;
  const body = { owner: 'payments', versions: { control: false, treatment: true }, baseline: 'control' };
  expect((await call('PUT', `/features/${name}`, { key, body })).status).toBe(200);
  return name;
}
const values = (timeoutMs: number) => ({ control: { timeoutMs: 100 }, treatment: { timeoutMs, provider: 'new' } });
const put = (feature: string, timeoutMs: number) =>
  call('PUT', `/features/${feature}/configuration`, {
    key,
    body: { environment, values: values(timeoutMs), reason: `${timeoutMs} ms` },
  });
const fieldsOf = (body: unknown) => (body as { errors: Array<{ field: string }> }).errors.map((e) => e.field);
const override = (feature: string, body: Record<string, unknown>) =>
  call('POST', `/features/${feature}/overrides`, { key, body: { reason: 'r', effect: 'serve', ...body } });

async function ofrep(path: string, context: Record<string, unknown> = { targetingKey: 'u1' }) {
  const flags = await loadFlagState(house.database().db);
  const body = Buffer.from(JSON.stringify({ context }));
  const url = `/ofrep/v1/evaluate/flags${path}`;
  const answer = answerOfrep(flags, environment, { method: 'POST', path: url, headers: {}, body }, 0);
  return { status: answer.status, body: JSON.parse(answer.body) as Record<string, unknown> };
}

describe('configuration', () => {
  test('is kept in revisions, each with a name and a reason; the same again makes none', async () => {
    const feature = await newFeature();
    const at = `/features/${feature}/configuration`;
    expect((await call('GET', `${at}?environment=production`, { key: viewer })).status).toBe(404);
    expect((await put(feature, 300)).body).toMatchObject({ revision: 1, reason: '300 ms', by: 'test admin' });
    expect((await put(feature, 200)).body).toMatchObject({ revision: 2, values: values(200), restoredFrom: null });
    expect((await put(feature, 200)).body).toMatchObject({ revision: 2 });
    const now = await call('GET', `${at}?environment=production`, { key: viewer });
    expect(now.body).toMatchObject({ revision: 2, values: values(200) });
    const history = await call('GET', `${at}/revisions?environment=production`, { key: viewer });
    expect((history.body as ConfigurationView[]).map((r) => r.revision)).toEqual([2, 1]);
    expect((await call('GET', `${at}/revisions?environment=staging`, { key: viewer })).body).toEqual([]);
    const { body } = await call('GET', `/events?feature=${feature}`, { key });
    const kinds = (body as Array<{ kind: string }>).map((event) => event.kind);
    expect(kinds).toEqual(['configuration.changed', 'configuration.changed', 'feature.created']);
  });

  test.each<[string, Record<string, unknown>, string]>([
    ['a version without values', { values: { control: {} } }, 'values.treatment'],
    ['a version that is none', { values: { ...values(1), tretment: {} } }, 'values.tretment'],
    ['values that are no object', { values: { control: {}, treatment: 5 } }, 'values.treatment'],
    ['no reason', { reason: ' ' }, 'reason'],
    ['no environment', { environment: '' }, 'environment'],
    ['more than fits', { values: { control: {}, treatment: { a: 'x'.repeat(70_000) } } }, 'values.treatment'],
  ])('with %s is refused, and the field named', async (_name, over, field) => {
    const feature = await newFeature();
    const body = { environment, values: values(1), reason: 'r', ...over };
    const answer = await call('PUT', `/features/${feature}/configuration`, { key, body });
    expect(answer.status).toBe(400);
    expect(fieldsOf(answer.body)).toContain(field);
  });

  test('of two who change the same revision the later one is told', async () => {
    const feature = await newFeature();
    const at = `/features/${feature}/configuration`;
    const body = { environment, values: values(1), reason: 'r', basedOn: 0 };
    expect((await call('PUT', at, { key, body })).status).toBe(200);
    const late = await call('PUT', at, { key, body: { ...body, values: values(2) } });
    expect(late.status).toBe(409);
    expect(fieldsOf(late.body)).toEqual(['basedOn']);
    expect((await call('PUT', at, { key, body: { ...body, values: values(2), basedOn: 1 } })).status).toBe(200);
  });

  test('an older revision comes back as a new one', async () => {
    const feature = await newFeature();
    await put(feature, 300);
    await put(feature, 200);
    const at = `/features/${feature}/configuration/revisions`;
    const body = { environment, reason: 'slower was better' };
    const restored = await call('POST', `${at}/1/restore`, { key, body });
    expect(restored.body).toMatchObject({ revision: 3, restoredFrom: 1, values: values(300) });
    expect((await call('POST', `${at}/3/restore`, { key, body })).body).toMatchObject({ revision: 3 });
    expect((await call('POST', `${at}/9/restore`, { key, body })).status).toBe(404);
    expect(fieldsOf((await call('POST', `${at}/x/restore`, { key, body })).body)).toEqual(['revision']);
    expect((await call('POST', `${at}/1/restore`, { key: viewer, body })).status).toBe(403);
  });

  test('belongs to its environment, and to those who may operate there', async () => {
    const feature = await newFeature();
    const at = `/features/${feature}/configuration`;
    const body = { environment, values: values(1), reason: 'r' };
    expect((await call('PUT', at, { key: viewer, body })).status).toBe(403);
    expect((await call('PUT', at, { key: elsewhere, body })).status).toBe(403);
    expect((await call('PUT', at, { key: elsewhere, body: { ...body, environment: 'staging' } })).status).toBe(200);
    expect((await call('GET', `${at}?environment=production`, { key: elsewhere })).status).toBe(403);
    expect((await call('GET', `${at}/revisions?environment=production`, { key: elsewhere })).status).toBe(403);
    expect((await call('PUT', '/features/none/configuration', { key, body })).status).toBe(404);
  });

  test('is answered with the version that the caller gets, in one revision of the flags', async () => {
    const feature = await newFeature();
    expect((await ofrep(`/${feature}.config`)).status).toBe(404);
    await put(feature, 300);
    await override(feature, { scope: 'user', value: 'u1', version: 'treatment' });
    const flag = await ofrep(`/${feature}`);
    const configured = await ofrep(`/${feature}.config`);
    expect(configured).toMatchObject({
      status: 200,
      body: { key: `${feature}.config`, value: { timeoutMs: 300, provider: 'new' }, variant: 'treatment' },
    });
    expect(configured.body.reason).toBe(flag.body.reason);
    expect(configured.body.metadata).toEqual({ ...(flag.body.metadata as object), configurationRevision: 1 });
    expect((await ofrep(`/${feature}.config`, { targetingKey: 'u2' })).body).toMatchObject({
      value: { timeoutMs: 100 },
      variant: 'control',
    });
    const { flags } = (await ofrep('')).body as { flags: Array<{ key: string; variant: string }> };
    const mine = flags.filter((f) => f.key.startsWith(feature));
    expect(mine).toEqual([flag.body, configured.body]);
  });

  test('needs its name for itself: no feature may be called so', async () => {
    const body = { owner: 'o', versions: { a: 1 }, baseline: 'a' };
    const answer = await call('PUT', '/features/checkout.config', { key, body });
    expect(answer.status).toBe(400);
    expect(fieldsOf(answer.body)).toEqual(['key']);
  });
});

const list = async (feature: string, of = environment) =>
  (await call('GET', `/features/${feature}/snapshots?environment=${of}`, { key: viewer })).body as SnapshotView[];
const take = async (feature: string) => {
  const made = await call('POST', `/features/${feature}/snapshots`, {
    key,
    body: { environment, reason: 'to be safe' },
  });
  expect(made.status, made.text).toBe(201);
  return made.body as SnapshotView;
};

describe('snapshots', () => {
  test('are taken before every change that could be served, not before what is one user’s', async () => {
    const feature = await newFeature();
    const counts: number[] = [];
    const counted = async (done: Promise<{ status: number; body: unknown }>) => {
      const { status, body } = await done;
      expect(status).toBeLessThan(300);
      counts.push((await list(feature)).length);
      return body as { id: string };
    };
    const more = { owner: 'payments', versions: { control: false, treatment: true, third: true }, baseline: 'control' };
    await counted(override(feature, { scope: 'user', value: 'u1', version: 'treatment' }));
    await counted(call('PUT', `/features/${feature}/opt-outs/u2`, { key }));
    await counted(call('PUT', `/features/${feature}`, { key, body: { ...more, description: 'text' } }));
    await counted(call('PUT', `/features/${feature}`, { key, body: more }));
    const set = await counted(override(feature, { scope: 'organisation', version: 'treatment' }));
    await counted(call('DELETE', `/features/${feature}/overrides/${set.id}?reason=r`, { key }));
    await counted(call('POST', `/features/${feature}/kill`, { key, body: { reason: 'r' } }));
    await counted(call('POST', `/features/${feature}/kill`, { key, body: { reason: 'r' } }));
    await counted(call('POST', `/features/${feature}/revive`, { key, body: { reason: 'r' } }));
    expect(counts).toEqual([0, 0, 1, 1, 2, 3, 4, 4, 5]);
    const [newest, before] = await list(feature);
    expect(newest).toMatchObject({ cause: 'change', by: 'test admin', rolloutId: null });
    expect(newest?.body.flags.overrides).toMatchObject([{ effect: 'kill', scope: 'organisation' }]);
    expect(before?.body.flags.overrides).toEqual([]);
  });

  test('equal states have equal digests; two are compared line by line, and with now', async () => {
    const feature = await newFeature();
    await put(feature, 300);
    const first = await take(feature);
    const second = await take(feature);
    expect(second.digest).toBe(first.digest);
    await put(feature, 200);
    await override(feature, { scope: 'environment', value: environment, version: 'treatment' });
    const now = await call('GET', `/snapshots/${first.id}/compare?with=now`, { key: viewer });
    expect(now.body).toMatchObject({ from: { id: first.id }, to: { id: null }, same: false });
    expect((now.body as ComparisonView).differences).toEqual([
      { part: 'overrides', path: 'overrides.environment', from: null, to: 'treatment' },
      { part: 'configuration', path: 'configuration.treatment.timeoutMs', from: 300, to: 200 },
    ]);
    const both = await call('GET', `/snapshots/${first.id}/compare?with=${second.id}`, { key: viewer });
    expect(both.body).toMatchObject({ same: true, differences: [] });
    const other = await take(await newFeature());
    const wrong = await call('GET', `/snapshots/${first.id}/compare?with=${other.id}`, { key: viewer });
    expect(fieldsOf(wrong.body)).toEqual(['with']);
  });

  test('taken on demand it has a reason, a name and an event', async () => {
    const feature = await newFeature();
    const { id, digest } = await take(feature);
    expect((await call('GET', `/snapshots/${id}`, { key: viewer })).body).toMatchObject({ id, cause: 'demand' });
    const { body } = await call('GET', `/events?feature=${feature}`, { key });
    expect(body).toMatchObject([{ kind: 'snapshot.taken', reason: 'to be safe', data: { id, digest } }, {}]);
  });

  test('one can be gone back to: first said, then done, and a second time nothing is done', async () => {
    const feature = await newFeature();
    await put(feature, 300);
    const { id } = await take(feature);
    await put(feature, 200);
    await override(feature, { scope: 'environment', value: environment, version: 'treatment' });
    const preview = await call('GET', `/snapshots/${id}/restore`, { key: viewer });
    expect((preview.body as RestorePreview).changes.map((c) => c.path)).toEqual([
      'overrides.environment',
      'configuration.treatment.timeoutMs',
    ]);
    const body = { reason: 'it was better then' };
    const done = await call('POST', `/snapshots/${id}/restore`, { key, body });
    expect(done.body as RestoreView).toMatchObject({ changed: true, rollback: { kind: 'restore', target: id } });
    expect((await ofrep(`/${feature}`)).body.variant).toBe('control');
    expect((await call('GET', `/snapshots/${id}/compare?with=now`, { key })).body).toMatchObject({ same: true });
    const again = await call('POST', `/snapshots/${id}/restore`, { key, body });
    expect(again.body).toEqual({ changed: false, rollback: null });
  });

  test('are seen and gone back to by those who may, where they may', async () => {
    const feature = await newFeature();
    const { id } = await take(feature);
    const body = { environment, reason: 'r' };
    expect((await call('POST', `/features/${feature}/snapshots`, { key: viewer, body })).status).toBe(403);
    expect((await call('POST', `/features/${feature}/snapshots`, { key: elsewhere, body })).status).toBe(403);
    expect((await call('GET', `/snapshots/${id}`, { key: elsewhere })).status).toBe(403);
    expect((await call('GET', `/snapshots/${id}/compare?with=now`, { key: elsewhere })).status).toBe(403);
    expect((await call('GET', `/features/${feature}/snapshots`, { key: elsewhere })).body).toEqual([]);
    expect((await call('GET', `/snapshots/${id}/restore`, { key: elsewhere })).status).toBe(403);
    for (const other of [viewer, elsewhere])
      expect((await call('POST', `/snapshots/${id}/restore`, { key: other, body: { reason: 'r' } })).status).toBe(403);
    expect((await call('GET', '/snapshots/snp_none', { key })).status).toBe(404);
    expect((await call('GET', '/features/none/snapshots', { key })).status).toBe(404);
  });
});
