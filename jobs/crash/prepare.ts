/**
 * A feature as people have it: a control plane of their own, configuration, migrations that were applied, a runbook,
 * notices; and a rollout that exposes half of everybody for some minutes, with the telemetry of it.
 */
import postgres from 'postgres';
import type { FakePlane } from '@/e2e/plane/fake';
import { requestsBody } from '@/jobs/bench/requests';
import type { Actor } from '@/lib/access/model';
import { putConfiguration } from '@/lib/configuration/configuration';
import type { Context } from '@/lib/context';
import { type Database, openDatabase } from '@/lib/db';
import { putFeature } from '@/lib/feature/feature';
import { migrationsOf, orderMigration, stepMigration } from '@/lib/migration/migration';
import { createDatabase } from '@/lib/migration/target';
import { addAddress } from '@/lib/notice/address';
import { openReceiver } from '@/lib/otlp/receive';
import { deliverPlane } from '@/lib/plane/delivery';
import { openQueue, type Queue } from '@/lib/queue/queue';
import { createRollout, perform } from '@/lib/rollout/rollout';
import { defaultRunbook } from '@/lib/runbook/default';
import type { RunbookStep } from '@/lib/runbook/model';
import { putRunbook } from '@/lib/runbook/runbook';
import { openFold } from '@/lib/signal/fold/fold';
import { createWebhook } from '@/lib/webhook/target';
import type { Bed } from './bed';
import { type Hooks, startHooks } from './hooks';
import { openPlane } from './plane';
import type { Scene } from './scene';

export const feature = 'checkout';
export const environment = 'production';
export const before = { control: { timeoutMs: 500 }, treatment: { timeoutMs: 200 } };
const second = 1_000;
const admin: Actor = { kind: 'person', id: 'per_crash', name: 'Crash', role: 'admin', environment: null };

export type Stage = {
  scene: Scene;
  databaseUrl: string;
  redisUrl: string | null;
  database: Database;
  ctx: Context;
  plane: FakePlane;
  hooks: Hooks;
  queue: Queue;
  /** the service's own database, which migrations change; null: none does */
  service: postgres.Sql | null;
  rolloutId: string;
  /** what has arrived of the shop until now */
  report: (traffic: { at: number; bad: boolean; candidate: boolean }) => Promise<void>;
  close: () => Promise<void>;
};

export async function prepare(bed: Bed, scene: Scene, lane: number): Promise<Stage> {
  const name = `run_${process.pid}_${lane}_${Date.now().toString(36)}`;
  const databaseUrl = await bed.makeDatabase(name);
  const redisUrl = scene.backend === 'redis' ? await bed.lane(lane) : null;
  const sqls = scene.migrations.includes('sql');
  const serviceUrl = sqls ? await bed.makeEmpty(`${name}_service`) : null;
  const service = serviceUrl ? postgres(serviceUrl, { max: 1, onnotice: () => {} }) : null;
  if (service) await service`create table deed (what text not null)`;
  const database = openDatabase(databaseUrl, { name: 'crash', max: 3 });
  const queue = openQueue({ databaseUrl, ...(redisUrl ? { redisUrl } : {}) });
  const ctx: Context = { db: database.db, now: () => new Date(), enqueue: queue.enqueue, actor: admin };
  const hooks = await startHooks();
  const receiver = openReceiver({ database, now: () => new Date() });
  const report: Stage['report'] = async ({ at, bad, candidate }) => {
    const traffic = [{ version: 'control', cohort: 'eu', ok: 495, bad: 5 }];
    if (candidate) traffic.push({ version: 'treatment', cohort: 'eu', ok: bad ? 350 : 495, bad: bad ? 150 : 5 });
    const body = requestsBody({ feature, environment, at, overMs: second, traffic });
    const head = { path: '/v1/metrics', method: 'POST', contentType: 'application/json', environment: null };
    const { status } = await receiver.receive({ ...head, body });
    if (status !== 200) throw new Error(`telemetry was answered ${status}`);
  };
  const { plane, planeId } = await outside(ctx, hooks, scene);
  const versions = { control: false, treatment: true };
  await putFeature(ctx, { key: feature, owner: 'payments', versions, baseline: 'control', plane: planeId });
  if (scene.configuration) await putConfiguration(ctx, feature, { environment, values: before, reason: 'as it was' });
  if (serviceUrl) await createDatabase(ctx, { name: 'service', url: serviceUrl });
  await runbook(ctx);
  const rolloutId = await rolledOut({ ctx, database, scene, report });
  plane.play(scene.planeLatencyMs > 0 ? { kind: 'slow', ms: scene.planeLatencyMs } : null, 'both');
  return {
    ...{ scene, databaseUrl, redisUrl, database, ctx, plane, hooks, queue, service, rolloutId, report },
    close: async () => {
      await receiver.close();
      await queue.close();
      await database.close();
      await service?.end();
      await plane.close();
      await hooks.close();
      await bed.dropDatabase(name);
      if (serviceUrl) await bed.dropDatabase(`${name}_service`);
    },
  };
}

async function outside(ctx: Context, hooks: Hooks, scene: Scene): Promise<{ plane: FakePlane; planeId: string }> {
  for (const path of ['migration', 'check', 'call', 'notice']) {
    const { id, secret } = await createWebhook(ctx, { name: path, url: hooks.url(path), allowPrivate: true });
    hooks.sign(path, secret);
    hooks.behave(path, { latencyMs: scene.hookLatencyMs });
    if (path === 'notice' && scene.notices) await addAddress(ctx, { webhook: id });
  }
  return openPlane(ctx);
}

/** Belay's own, with a call before the plane is read back. */
async function runbook(ctx: Context): Promise<void> {
  const base = { title: 'Empty the cache', expected: '', how: '' };
  const call: RunbookStep = {
    ...{ ...base, act: 'call', name: 'cache' },
    ...{ webhook: 'call', body: { crash: 'call cache' }, timeoutMs: 3_000 },
  };
  const steps = defaultRunbook.steps.flatMap((step): RunbookStep[] =>
    step.act === 'read_back' ? [call, step] : [step],
  );
  await putRunbook(ctx, feature, { name: 'Checkout', steps, reason: 'as we do it' });
}

export const migrationName = (index: number): string => `step-${index + 1}`;

function planOf({ migrations }: Scene): string {
  const action = (how: 'webhook' | 'sql', what: string) =>
    how === 'sql'
      ? `{ kind: sql, database: service, statements: "insert into deed values ('${what}')" }`
      : `{ kind: webhook, webhook: migration, body: { crash: "${what}" }, timeoutMs: 3000 }`;
  const lines = migrations.map((how, i) => {
    const name = migrationName(i);
    const depends = i > 0 ? `, dependsOn: [${migrationName(i - 1)}]` : '';
    return `  - { name: ${name}, kind: expand, owner: payments, apply: ${action(how, `apply ${name}`)}, revert: ${action(how, `revert ${name}`)}${depends} }`;
  });
  return `
feature: ${feature}
environment: ${environment}
owner: payments
baseline: control
candidate: treatment
holdback: 10
stages:
  - { name: half, exposure: { "*": 50 }, minDuration: 1h }
  - { name: most, exposure: { "*": 90 }, minDuration: 1h }
criteria:
  - { name: errors, kind: guardrail, measure: share, metric: requests, of: { http.response.status_code: 5xx },
      against: baseline, better: lower, margin: 1pp }
checks:
  - { kind: webhook, name: whole, webhook: check, body: { crash: "check whole" }, timeoutMs: 3000 }
${lines.length > 0 ? `migrations:\n${lines.join('\n')}` : ''}
`;
}

/**
 * All of it lies in the past, the exposure too: so a run need not wait for the minutes of telemetry that the proof asks
 * for. What is decided is decided now.
 */
async function rolledOut(of: {
  ctx: Context;
  database: Database;
  scene: Scene;
  report: Stage['report'];
}): Promise<string> {
  const { ctx, database, scene, report } = of;
  const now = Math.floor(Date.now() / 10_000) * 10_000;
  const startedAt = now - 420 * second;
  const then: Context = { ...ctx, now: () => new Date(startedAt), enqueue: async () => {} };
  for (let at = now - 840 * second; at < startedAt; at += 10 * second)
    await report({ at: at + 5 * second, bad: false, candidate: false });
  await folded(database);
  const { id } = await createRollout(then, planOf(scene));
  for (let i = 0; i < scene.migrations.length; i++) await applied({ ...ctx, enqueue: async () => {} }, id, i);
  await perform(then, id, 'start', { reason: 'go' });
  await delivered(ctx);
  if (scene.configuration) {
    const values = { ...before, treatment: { timeoutMs: 50 } };
    await putConfiguration({ ...ctx, enqueue: async () => {} }, feature, { environment, values, reason: 'faster' });
    await delivered(ctx);
  }
  for (let at = startedAt; at < now; at += 10 * second) {
    const exposed = at >= startedAt + 20 * second && at < startedAt + 200 * second;
    const bad = scene.decidedBy === 'rule' && at >= startedAt + 80 * second;
    await report({ at: at + 5 * second, bad, candidate: exposed });
  }
  await folded(database);
  return id;
}

async function applied(ctx: Context, rolloutId: string, index: number): Promise<void> {
  const name = migrationName(index);
  await orderMigration(ctx, rolloutId, name, 'apply', { reason: 'first' });
  for (let i = 0; i < 20; i++) {
    const found = (await migrationsOf(ctx, rolloutId)).find((m) => m.name === name);
    if (found?.state === 'applied') return;
    if (found) await stepMigration(ctx, found.id);
  }
  throw new Error(`${name} could not be applied`);
}

async function delivered(ctx: Context): Promise<void> {
  for (let i = 0; i < 50; i++) {
    const result = await deliverPlane({ db: ctx.db, now: ctx.now }, { feature, environment });
    if (result.kind === 'done') return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('the plane does not serve what was ordered');
}

async function folded(database: Database): Promise<void> {
  const fold = await openFold({ database, now: () => new Date() });
  while ((await fold.step()).behind > 0);
  await fold.close();
}
