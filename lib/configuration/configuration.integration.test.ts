/** Configuration goes with the version: never one without the other, and wherever the version is served. */
import { expect, test } from 'vitest';
import { plane, planeDelivery, webhookTarget } from '@/drizzle/schema/plane';
import { testDatabase } from '@/e2e/database';
import { requestsPlan } from '@/jobs/bench/requests';
import { lockFeature, putFeature, setOverride } from '@/lib/feature/feature';
import type { FlagState } from '@/lib/feature/model';
import { answerOfrep } from '@/lib/feature/ofrep';
import { loadFlagState } from '@/lib/feature/state';
import { bumpFlags } from '@/lib/revision';
import { createRollout } from '@/lib/rollout/rollout';
import { presentState } from '@/lib/snapshot/present';
import { restoreState } from '@/lib/snapshot/restore';
import { takeSnapshot } from '@/lib/snapshot/take';
import { restorable } from '@/lib/snapshot/target';
import { configurationHistory, putConfiguration } from './configuration';
import { currentConfiguration, restoreConfiguration } from './current';

const { database, context } = testDatabase();
const environment = 'production';
let features = 0;

async function newFeature(over: Record<string, unknown> = {}): Promise<string> {
  const key = `feature-${++features}`;
  await putFeature(context(), {
    key,
    owner: 'o',
    versions: { control: 1, treatment: 2 },
    baseline: 'control',
    ...over,
  });
  return key;
}
const put = (feature: string, n: number) =>
  putConfiguration(context(), feature, {
    environment,
    values: { control: { n }, treatment: { n } },
    reason: `to ${n}`,
  });
const serve = (feature: string, version: string) =>
  setOverride(context(), feature, { scope: 'environment', value: environment, effect: 'serve', version, reason: 'r' });

function answers(flags: FlagState, key: string) {
  const path = `/ofrep/v1/evaluate/flags/${key}`;
  const body = Buffer.from('{"context":{"targetingKey":"u"}}');
  const { status, body: text } = answerOfrep(flags, environment, { method: 'POST', path, headers: {}, body }, 0);
  return { status, ...(JSON.parse(text) as { variant?: string; value?: { n?: number } }) };
}

test('a reader never sees the flags of one state with the configuration of another', async () => {
  const feature = await newFeature();
  const record = () =>
    database().db.transaction((tx) =>
      takeSnapshot(tx, new Date(), context().actor, {
        feature,
        environment,
        rolloutId: null,
        cause: 'demand',
        criteria: [],
      }),
    );
  await put(feature, 1);
  const one = await record();
  await serve(feature, 'treatment');
  await put(feature, 2);
  const two = await record();
  const goTo = (target: typeof one) =>
    database().db.transaction(async (tx) => {
      await lockFeature(tx, feature);
      const { desired } = restorable(await presentState(tx, feature, environment), target.body, { without: null });
      const to = { feature, environment, desired, snapshotId: target.id, reason: 'r' };
      await restoreState(tx, new Date(), context().actor, to);
      await bumpFlags(tx);
    });
  let over = false;
  const seen = new Set<string>();
  const reading = (async () => {
    while (!over) {
      const flags = await loadFlagState(database().db);
      const configured = answers(flags, `${feature}.config`);
      expect(configured.variant).toBe(answers(flags, feature).variant);
      seen.add(`${configured.variant} ${configured.value?.n}`);
    }
  })();
  for (let round = 0; round < 20; round++) await goTo(round % 2 === 0 ? one : two);
  over = true;
  await reading;
  expect([...seen].toSorted()).toEqual(['control 1', 'treatment 2']);
});

test('where it is taken away, or lacks the version, there is nothing to answer', async () => {
  const feature = await newFeature();
  const back = (to: Parameters<typeof restoreConfiguration>[3]['to']) =>
    database().db.transaction((tx) =>
      restoreConfiguration(tx, new Date(), context().actor, { feature, environment, to, reason: 'as it was' }),
    );
  const status = async () => answers(await loadFlagState(database().db), `${feature}.config`).status;
  expect(await back(null)).toBeNull();
  await put(feature, 1);
  const first = await currentConfiguration(database().db, feature, environment);
  expect(await status()).toBe(200);
  expect(await back(null)).toBe(2);
  expect(await currentConfiguration(database().db, feature, environment)).toBeNull();
  expect(await status()).toBe(404);
  expect(await back(first)).toBe(3);
  expect(await back(first)).toBeNull();
  expect(await status()).toBe(200);
  const history = await configurationHistory(context(), feature, environment);
  expect(history.map(({ revision, restoredFrom }) => [revision, restoredFrom])).toEqual([
    [3, 1],
    [2, null],
    [1, null],
  ]);
  await putFeature(context(), {
    key: feature,
    owner: 'o',
    versions: { control: 1, treatment: 2, third: 3 },
    baseline: 'control',
  });
  await serve(feature, 'third');
  expect(await status()).toBe(404);
});

test('two at once make two revisions, one after the other', async () => {
  const feature = await newFeature();
  const made = await Promise.all([1, 2, 3, 4, 5].map((n) => put(feature, n)));
  expect(made.map((m) => m.revision).toSorted()).toEqual([1, 2, 3, 4, 5]);
});

test('an outside plane that holds the feature is told', async () => {
  const now = new Date();
  const stamp = { createdBy: 't', createdAt: now, updatedAt: now };
  const target = { id: 'wht_1', name: 'edge', url: 'https://edge.example.test/', secret: 's', allowPrivate: false };
  await database()
    .db.insert(webhookTarget)
    .values({ ...target, state: 'enabled', ...stamp });
  const row = {
    id: 'pln_1',
    name: 'edge',
    kind: 'webhook' as const,
    webhookTarget: 'wht_1',
    deadlineMs: 1000,
    ...stamp,
  };
  await database().db.insert(plane).values(row);
  const feature = await newFeature({ plane: 'pln_1' });
  await put(feature, 7);
  const orders = await database().db.select().from(planeDelivery);
  expect(orders.filter((o) => o.featureKey === feature)).toMatchObject([
    {
      planeId: 'pln_1',
      environment,
      desired: { baseline: 'control', configuration: { revision: 1, values: { control: { n: 7 } } } },
    },
  ]);
});

test('no rollout exposes a version that has no values, where the feature has any', async () => {
  const feature = await newFeature();
  await put(feature, 1);
  const versions = { control: 1, treatment: 2, later: 3 };
  await putFeature(context(), { key: feature, owner: 'o', versions, baseline: 'control' });
  const plan = requestsPlan(feature).replace('candidate: treatment', 'candidate: later');
  await expect(createRollout(context(), plan)).rejects.toMatchObject({
    code: 'bad_input',
    fields: [{ field: 'candidate', message: expect.stringContaining('no configuration') }],
  });
  const values = { control: { n: 1 }, treatment: { n: 1 }, later: { n: 1 } };
  await putConfiguration(context(), feature, { environment, values, reason: 'for the later one too' });
  expect((await createRollout(context(), plan)).state).toBe('draft');
});
