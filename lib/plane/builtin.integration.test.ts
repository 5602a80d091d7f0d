import { eq, sql } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { plane, planeOrder } from '@/drizzle/schema/plane';
import { testDatabase } from '@/e2e/database';
import { type Bench, type Misbehaviour, planeContract } from '@/e2e/plane/contract.suite';
import type { Db } from '@/lib/db';
import { record } from '@/lib/event/event';
import { evaluate } from '@/lib/feature/evaluate';
import { putFeature, setBaseline, setOverride } from '@/lib/feature/feature';
import { openFlags } from '@/lib/feature/flags';
import { bumpFlags } from '@/lib/revision';
import { builtinPlane, type Commit, claimOrder } from './builtin';
import type { Order } from './model';

const house = testDatabase();
const environment = 'production';
const baselineOnly = (baseline: string) => ({ baseline, exposure: [], configuration: null, withdrawn: [] });
const states: Bench['states'] = [baselineOnly('control'), baselineOnly('treatment'), baselineOnly('other')];
const now = () => new Date();
let features = 0;

/** As a decision does it: the rows, the revision, the event. */
const commit: Commit = async (tx, order) => {
  const at = now();
  await setBaseline(tx, at, order.feature, { environment, version: order.desired.baseline });
  await bumpFlags(tx);
  await record(tx, at, house.context().actor, { kind: 'feature.changed', reason: 'ordered', feature: order.feature });
};

async function newFeature(over: { kind?: string } = {}): Promise<string> {
  const key = `feature-${++features}`;
  const versions = { control: 1, treatment: 2, other: 3 };
  await putFeature(house.context(), { key, owner: 'payments', versions, baseline: 'control', ...over });
  return key;
}

/** What goes wrong between the decision and whoever evaluates. */
function trouble(feature: string) {
  let how: Misbehaviour | null = null;
  let readsBeforeFlap = 0;
  const broken = () => Object.assign(new Error('gone'), { code: 'CONNECTION_CLOSED' });
  const behind = (until: string) =>
    house.database().sql`
      insert into listener (id, process, revision, heartbeat_at) values (${`lst_${feature}`}, 'test', 0, ${until}::timestamptz)
      on conflict (id) do update set revision = 0, heartbeat_at = excluded.heartbeat_at`;
  const gone = async () => {
    await house.database().sql`delete from listener where id = ${`lst_${feature}`}`;
  };
  const far = '9999-01-01T00:00:00Z';
  /** The connection ends just as the answer to a commit should come. */
  const db = () =>
    new Proxy(house.database().db, {
      get(real, name) {
        const value = Reflect.get(real, name) as unknown;
        if (name !== 'transaction' || typeof value !== 'function') return value;
        return async (...args: unknown[]) => {
          const answer: unknown = await (value as (...a: unknown[]) => Promise<unknown>).apply(real, args);
          if (how === 'resets_after_applying') throw broken();
          return answer;
        };
      },
    }) as Db;
  const flawed: Commit = async (tx, order) => {
    if (how === 'says_yes_and_does_nothing') return;
    if (how === 'resets') await tx.execute(sql`select pg_terminate_backend(pg_backend_pid())`);
    await commit(tx, order);
    if (how === 'is_changed_by_a_person') await commit(tx, { ...order, desired: states[1] });
  };
  const configuration = async () => {
    // Asked once in every reading, after the flags were read.
    if (how === 'flaps' && readsBeforeFlap-- <= 0)
      await house.database().db.transaction((tx) => commit(tx, { feature, desired: states[1] } as Order));
    return null;
  };
  return {
    db,
    commit: flawed,
    configuration,
    start: async (misbehaviour: Misbehaviour) => {
      how = misbehaviour;
      readsBeforeFlap = 1;
      if (how === 'hangs' || how === 'applies_in_half') await behind(far);
      if (how === 'is_slow') {
        await behind(far);
        setTimeout(() => void gone(), 60);
      }
    },
    stop: async () => {
      how = null;
      await gone();
    },
  };
}

planeContract(
  'the built-in flags',
  async () => {
    const feature = await newFeature();
    const troubles = trouble(feature);
    const flags = await openFlags({ url: house.url(), database: house.database(), process: 'test', now });
    let deadlineMs = 20_000;
    const home = {
      get db() {
        return troubles.db();
      },
      get deadlineMs() {
        return deadlineMs;
      },
      now,
      commit: troubles.commit,
      configuration: troubles.configuration,
    };
    return {
      plane: builtinPlane(home),
      feature,
      environment,
      states,
      effects: () =>
        house
          .database()
          .db.select({ key: planeOrder.key, fence: planeOrder.fence })
          .from(planeOrder)
          .where(eq(planeOrder.featureKey, feature))
          .orderBy(planeOrder.seq),
      // By what a process that evaluates really answers.
      serves: async (state) =>
        evaluate(flags.state(), feature, environment, { targetingKey: 'u1' })?.version === state.baseline,
      misbehave: async (how) => {
        if (how === 'hangs' || how === 'applies_in_half') deadlineMs = 200;
        await troubles.start(how);
      },
      behave: async () => {
        deadlineMs = 20_000;
        await troubles.stop();
      },
      close: async () => {
        await troubles.stop();
        await flags.close();
      },
    };
  },
  {
    hangs_after_applying: 'a process that is late is one that hangs, and the flags are switched before',
    answers_for_half: 'a process that is not heard of for four seconds does not evaluate any more',
    forgets_keys: 'the key is kept in the transaction of the effect',
    fails: 'a transaction that fails has no effect, as one that is reset',
    fails_after_applying: 'a transaction that fails has no effect',
    is_busy: 'there is nobody else to be busy with',
    speaks_nonsense: 'it is read by its own code',
    cannot_be_read: 'what can be written can be read; a closed database is tested below',
  },
);

const orderOf = (feature: string, over: Partial<Order> = {}): Order => ({
  feature,
  environment,
  desired: states[1],
  fence: 1,
  key: `rbk_${feature}/flags`,
  ...over,
});
const home = () => ({ db: house.database().db, now, commit, configuration: async () => null, deadlineMs: 20_000 });

test('a decision that claims its order in its own transaction is only read back by writing it', async () => {
  const feature = await newFeature();
  const order = orderOf(feature);
  await house.database().db.transaction(async (tx) => {
    expect(await claimOrder(tx, now(), order)).toEqual({ kind: 'claimed' });
    await commit(tx, order);
  });
  const never: Commit = async () => {
    throw new Error('carried out twice');
  };
  expect(await builtinPlane({ ...home(), commit: never }).write(order)).toMatchObject({ kind: 'accepted' });
});

test('what a decision rolled back was not ordered', async () => {
  const feature = await newFeature();
  const order = orderOf(feature);
  const failing = house.database().db.transaction(async (tx) => {
    await claimOrder(tx, now(), order);
    await commit(tx, order);
    throw new Error('no');
  });
  await expect(failing).rejects.toThrow('no');
  const before = await builtinPlane(home()).read(feature, environment);
  expect(before).toMatchObject({ known: true, fence: 0, key: null, state: { baseline: 'control' } });
  expect(await builtinPlane(home()).write(order)).toMatchObject({ kind: 'accepted' });
});

test('an override that a person sets shows in what is read, and takes the key away', async () => {
  const feature = await newFeature();
  await builtinPlane(home()).write(orderOf(feature));
  const served = await builtinPlane(home()).read(feature, environment);
  expect(served).toMatchObject({ known: true, key: `rbk_${feature}/flags`, state: { baseline: 'treatment' } });
  const input = { scope: 'organisation', effect: 'serve', version: 'other', reason: 'by hand' };
  await setOverride(house.context(), feature, input);
  const changed = await builtinPlane(home()).read(feature, environment);
  expect(changed).toMatchObject({ known: true, fence: 1, key: null, state: { baseline: 'other' } });
});

test('a deployment is not ordered about', async () => {
  const feature = await newFeature({ kind: 'deployment' });
  const order = orderOf(feature);
  expect(await builtinPlane(home()).write(order)).toEqual({
    kind: 'refused',
    why: 'Belay cannot switch a deployment',
  });
  expect(await builtinPlane(home()).write({ ...order, feature: 'nobody' })).toMatchObject({ kind: 'refused' });
});

test('a database that is away: unknown, whatever is asked', async () => {
  const feature = await newFeature();
  const away = new Proxy({} as Db, {
    get: () => async () => {
      throw Object.assign(new Error('Failed query'), {
        cause: Object.assign(new Error('x'), { code: 'ECONNREFUSED' }),
      });
    },
  });
  const plane = builtinPlane({ ...home(), db: away });
  expect(await plane.read(feature, environment)).toMatchObject({ known: false });
  expect(await plane.write(orderOf(feature))).toMatchObject({ kind: 'unknown' });
  // A defect is none of that: it is not taken for trouble that passes.
  const defect = builtinPlane({ ...home(), commit: async () => Promise.reject(new TypeError('defect')) });
  await expect(defect.write(orderOf(feature))).rejects.toThrow('defect');
});

test('it is registered from the start', async () => {
  const rows = await house.database().db.select().from(plane);
  expect(rows).toMatchObject([{ id: 'builtin', kind: 'builtin', breaker: { state: 'closed', failures: 0 } }]);
});
