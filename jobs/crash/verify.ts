/** What must be so in the end, whatever died where. Empty: it is. */
import { isDeepStrictEqual } from 'node:util';
import { currentConfiguration } from '@/lib/configuration/current';
import { verifyChain } from '@/lib/event/event';
import { stateDigest } from '@/lib/plane/compare';
import { rollbackRow } from './passing';
import { before, environment, feature, migrationName, type Stage } from './prepare';

type Counts = Record<string, number>;
const counted = (names: string[]): Counts => {
  const counts: Counts = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
};

export async function violationsOf(stage: Stage, of: { ordersBefore: number; retries: number }): Promise<string[]> {
  const found: string[] = [];
  const say = (holds: boolean, what: string) => {
    if (!holds) found.push(what);
  };
  await outcome(stage, say);
  await planeHolds(stage, of, say);
  await migrationsHold(stage, say);
  await historyHolds(stage, of, say);
  await noticesHold(stage, say);
  const refused = stage.hooks.unsigned() + stage.plane.seen().unsigned;
  say(refused === 0, `${refused} messages were not signed as they should be`);
  return found;
}

type Say = (holds: boolean, what: string) => void;

async function outcome({ database: { db }, rolloutId, scene }: Stage, say: Say): Promise<void> {
  const sql = db.$client;
  const row = await rollbackRow(db);
  say(row?.state === 'verified' && row.endedAt !== null, `the rollback ended ${row?.state}`);
  const open = row?.steps.filter((s) => s.state !== 'done').map((s) => `${s.id} is ${s.state}`) ?? [];
  say(open.length === 0, open.join(', '));
  const [kept] = await sql`
    select (select state from rollout where id = ${rolloutId}) as state,
           (select count(*)::int from rollback) as rollbacks,
           (select count(*)::int from decision where action = 'roll_back') as decided,
           (select count(*)::int from decision where action = 'confirm_rolled_back') as confirmed`;
  say(
    isDeepStrictEqual({ ...kept }, { state: 'rolled_back', rollbacks: 1, decided: 1, confirmed: 1 }),
    `the rollout: ${JSON.stringify(kept)}`,
  );
  const configuration = await currentConfiguration(db, feature, environment);
  const wanted = scene.configuration ? before : undefined;
  say(isDeepStrictEqual(configuration?.values, wanted), `the configuration: ${JSON.stringify(configuration)}`);
}

async function planeHolds(
  { plane, database }: Stage,
  { ordersBefore, retries }: { ordersBefore: number; retries: number },
  say: Say,
): Promise<void> {
  const orders = plane.ledger().filter((e) => e.by === 'belay');
  for (const [key, times] of Object.entries(counted(orders.map((e) => e.key ?? ''))))
    say(times === 1, `the plane has carried out ${key} ${times} times`);
  const since = orders.slice(ordersBefore);
  say(since.length >= 1 && since.length <= 1 + retries, `${since.length} orders since the decision`);
  say(
    orders.every((e, i) => i === 0 || e.fence > (orders[i - 1]?.fence ?? 0)),
    'an order came after a newer one',
  );
  say(
    since.every((e) => e.state.exposure.length === 0 && e.state.baseline === 'control'),
    'the candidate was exposed again',
  );
  const served = plane.serves(feature, environment);
  const wanted = (await rollbackRow(database.db))?.desired;
  say(
    served !== null && wanted !== undefined && stateDigest(served) === stateDigest(wanted),
    `the plane serves ${JSON.stringify(served)}`,
  );
}

async function migrationsHold({ scene, hooks, service, database }: Stage, say: Say): Promise<void> {
  const rows =
    await database.sql`select name, state, extract(epoch from ended_at) as ended from migration_step order by position`;
  say(
    rows.every((r) => r.state === 'reverted'),
    `the migrations are ${rows.map((r) => `${r.name} ${r.state}`).join(', ')}`,
  );
  const ends = rows.map((r) => Number(r.ended));
  say(
    isDeepStrictEqual(
      ends,
      ends.toSorted((a, b) => b - a),
    ),
    'migrations were not reverted newest first',
  );
  const told = hooks.deeds().map((d) => d.what);
  const inDatabase = service ? (await service`select what from deed`).map((r) => String(r.what)) : [];
  const deeds = counted([...told, ...inDatabase]);
  const wanted = scene.migrations.flatMap((_, i) => [`apply ${migrationName(i)}`, `revert ${migrationName(i)}`]);
  for (const what of [...wanted, 'call cache']) say(deeds[what] === 1, `${what}: ${deeds[what] ?? 0} times`);
  say((deeds['check whole'] ?? 0) >= 1, 'nobody asked whether all is whole');
}

async function historyHolds({ database, scene }: Stage, { retries }: { retries: number }, say: Say): Promise<void> {
  const chain = await verifyChain(database.db);
  say(chain.ok, `the history is broken: ${JSON.stringify(chain)}`);
  const kinds = counted((await database.sql`select kind from event`).map((r) => String(r.kind)));
  const once = { 'rollout.rolling_back': 1, 'rollout.rolled_back': 1, 'rollback.verified': 1 };
  for (const [kind, times] of Object.entries({ ...once, 'migration.reverted': scene.migrations.length }))
    say((kinds[kind] ?? 0) === times, `${kind} stands ${kinds[kind] ?? 0} times in the history`);
  say((kinds['rollback.unconfirmed'] ?? 0) <= 1 + retries, 'people were told again and again');
}

/** At least once, and always under the one id that the notice has. */
async function noticesHold({ database, hooks, scene }: Stage, say: Say): Promise<void> {
  const rows = await database.sql`select id, state, body->>'kind' as kind from notice`;
  const received = hooks.requests().filter((r) => r.path === 'notice');
  const ids = new Set(rows.map((r) => String(r.id)));
  say(
    rows.every((r) => r.state === 'delivered' && received.some((got) => got.key === r.id)),
    `notices: ${rows.map((r) => `${r.kind} ${r.state}`).join(', ')}`,
  );
  say(
    received.every((got) => ids.has(got.key)),
    'a notice came under an id that it does not have',
  );
  const kinds = counted(rows.map((r) => String(r.kind)));
  for (const kind of ['rollback_decided', 'rollback_verified'])
    say((kinds[kind] ?? 0) === (scene.notices ? 1 : 0), `${kind} was told ${kinds[kind] ?? 0} times`);
}
