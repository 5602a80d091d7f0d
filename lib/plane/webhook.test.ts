import { expect, test } from 'vitest';
import { type Bench, type Misbehaviour, planeContract } from '@/e2e/plane/contract.suite';
import { type FakePlane, startFakePlane, type Trick } from '@/e2e/plane/fake';
import { Secret } from '@/lib/webhook/secret';
import { send } from '@/lib/webhook/send';
import { differences } from './compare';
import type { Order, PlaneState } from './model';
import { webhookPlane } from './webhook';

const now = () => new Date();
const feature = 'new-checkout';
const environment = 'production';
const configuration = { revision: 3, values: { treatment: { retries: 2, banner: 'ü' } } };
const states: Bench['states'] = [
  {
    baseline: 'control',
    exposure: [
      { cohort: 'internal', version: 'treatment', share: 100 },
      { cohort: '*', version: 'treatment', share: 12.5 },
    ],
    configuration,
    withdrawn: ['eu'],
  },
  { baseline: 'treatment', exposure: [], configuration, withdrawn: [] },
  { baseline: 'control', exposure: [], configuration: { ...configuration, revision: 4 }, withdrawn: [] },
];

function adapterOf(fake: FakePlane, over: { deadlineMs?: number; regions?: string[]; secret?: Secret } = {}) {
  const target = { url: fake.url, secrets: [over.secret ?? fake.secret], allowPrivate: true };
  return webhookPlane({
    call: (message) => send(target, message, { now }),
    now,
    regions: over.regions ?? [],
    deadlineMs: over.deadlineMs ?? 20_000,
  });
}

const tricks: Record<Misbehaviour, [Trick, ('write' | 'read' | 'both')?]> = {
  says_yes_and_does_nothing: [{ kind: 'says_yes_and_does_nothing' }],
  flaps: [{ kind: 'flaps', reads: 1 }],
  is_slow: [{ kind: 'slow', ms: 60 }, 'both'],
  hangs: [{ kind: 'hangs', applies: false }],
  hangs_after_applying: [{ kind: 'hangs', applies: true }],
  resets: [{ kind: 'resets', applies: false }],
  resets_after_applying: [{ kind: 'resets', applies: true }],
  applies_in_half: [{ kind: 'applies_in_half' }],
  answers_for_half: [{ kind: 'answers_for_half' }, 'read'],
  is_changed_by_a_person: [{ kind: 'person_changes_it', to: states[1] }],
  forgets_keys: [{ kind: 'forgets_keys' }],
  fails: [{ kind: 'fails', status: 500, applies: false }],
  fails_after_applying: [{ kind: 'fails', status: 500, applies: true }],
  is_busy: [{ kind: 'busy', retryAfterS: 7 }],
  speaks_nonsense: [{ kind: 'speaks_nonsense', body: '{"state": {"baseline": 7}}' }, 'read'],
  cannot_be_read: [{ kind: 'fails', status: 503, applies: true }, 'read'],
};

planeContract('a plane behind a webhook', async () => {
  const regions = ['eu', 'us', 'ap'];
  const fake = await startFakePlane({ regions });
  fake.change(feature, environment, states[0]);
  const patient = adapterOf(fake, { regions });
  // Only what never answers is given little time.
  const hasty = adapterOf(fake, { regions, deadlineMs: 500 });
  let hangs = false;
  return {
    plane: {
      read: (...of) => patient.read(...of),
      write: (order) => (hangs ? hasty : patient).write(order),
    },
    feature,
    environment,
    states,
    effects: async () =>
      fake
        .ledger()
        .filter((effect) => effect.by === 'belay')
        .map(({ key, fence }) => ({ key: key ?? '', fence })),
    serves: async (state) => {
      const served = fake.serves(feature, environment);
      return served !== null && differences(state, served).length === 0;
    },
    misbehave: async (how) => {
      hangs = how.startsWith('hangs');
      fake.play(...tricks[how]);
    },
    behave: async () => {
      hangs = false;
      fake.play(null);
    },
    close: fake.close,
  };
});

const order = (over: Partial<Order> = {}): Order => ({
  feature,
  environment,
  desired: states[1],
  fence: 1,
  key: 'rbk_1/flags',
  ...over,
});

async function withFake(run: (fake: FakePlane) => Promise<void>): Promise<void> {
  const fake = await startFakePlane();
  fake.change(feature, environment, states[0]);
  await run(fake).finally(fake.close);
}

test('what is already so under our fence is not ordered again', () =>
  withFake(async (fake) => {
    const plane = adapterOf(fake);
    await plane.write(order());
    await plane.write(order());
    expect(fake.seen()).toMatchObject({ writes: 1 });
    // Under a newer fence it is: whoever comes late must find that fence.
    expect(await plane.write(order({ fence: 2, key: 'rbk_2/flags' }))).toMatchObject({ kind: 'accepted' });
    expect(fake.seen()).toMatchObject({ writes: 2 });
  }));

test('a wrong secret is refused, and tells nothing', () =>
  withFake(async (fake) => {
    const plane = adapterOf(fake, { secret: Secret.make() });
    expect(await plane.read(feature, environment)).toMatchObject({ known: false, why: 'it answered 401' });
    expect(await plane.write(order())).toEqual({ kind: 'refused', why: 'it answered 401' });
    expect(fake.ledger()).toHaveLength(1);
    expect(fake.seen().unsigned).toBe(3);
  }));

test('a plane that has enough says when to come again', () =>
  withFake(async (fake) => {
    const plane = adapterOf(fake);
    fake.play({ kind: 'busy', retryAfterS: 7 }, 'both');
    expect(await plane.read(feature, environment)).toMatchObject({ known: false, retryAfterMs: 7_000 });
    expect(await plane.write(order())).toMatchObject({ kind: 'unknown', retryAfterMs: 7_000 });
  }));

test('a redirect is not followed: not the order, nor its secret, goes elsewhere', () =>
  withFake(async (fake) => {
    const elsewhere = await startFakePlane({ secret: fake.secret });
    fake.play({ kind: 'redirects', to: elsewhere.url });
    expect(await adapterOf(fake).write(order())).toEqual({ kind: 'refused', why: 'it answered 307' });
    expect(elsewhere.seen()).toEqual({ reads: 0, writes: 0, unsigned: 0 });
    await elsewhere.close();
  }));

test('nobody there: unknown, whatever is asked', async () => {
  const fake = await startFakePlane();
  const plane = adapterOf(fake);
  await fake.close();
  expect(await plane.read(feature, environment)).toMatchObject({ known: false, why: 'the connection was refused' });
  expect(await plane.write(order())).toMatchObject({ kind: 'unknown' });
});

test.each<[string, PlaneState, PlaneState, string[]]>([
  ['the same', states[0], structuredClone(states[0]), []],
  ['another baseline', states[1], { ...states[1], baseline: 'control' }, ['baseline']],
  ['a share', states[0], { ...states[0], exposure: [{ cohort: '*', version: 'treatment', share: 1 }] }, ['exposure']],
  ['another order of rows', states[0], { ...states[0], exposure: states[0].exposure.toReversed() }, ['exposure']],
  [
    'rows that nobody gets to',
    states[0],
    {
      ...states[0],
      exposure: [
        ...states[0].exposure,
        { cohort: 'late', version: 'treatment', share: 100 },
        { cohort: 'internal', version: 'treatment', share: 5 },
      ],
    },
    [],
  ],
  ['nothing, in a row', states[1], { ...states[1], exposure: [{ cohort: 'a', version: 'control', share: 0 }] }, []],
  [
    'the baseline, in a row',
    states[1],
    { ...states[1], exposure: [{ cohort: 'a', version: 'treatment', share: 50 }] },
    [],
  ],
  ['taken back from nobody', states[1], { ...states[1], withdrawn: ['eu'] }, []],
  ['taken back from others', states[0], { ...states[0], withdrawn: ['us'] }, ['withdrawn']],
  ['no configuration', states[1], { ...states[1], configuration: null }, ['configuration']],
  [
    'other keys first in the configuration',
    states[1],
    { ...states[1], configuration: { revision: 3, values: { treatment: { banner: 'ü', retries: 2 } } } },
    [],
  ],
])('states differ: %s', (_name, wanted, found, parts) => {
  expect(differences(wanted, found)).toEqual(parts);
  expect(differences(found, wanted)).toEqual(parts);
});
