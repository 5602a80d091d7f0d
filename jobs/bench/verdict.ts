/**
 * From acknowledging the datum that a deciding look used to the verdict in the database, and to OFREP serving the
 * baseline: receiver and worker as processes of their own on a PostgreSQL of their own, all rollouts at the same time.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, startPostgres } from '@/jobs/postgres';
import type { Context } from '@/lib/context';
import { type Database, openDatabase } from '@/lib/db';
import { putFeature } from '@/lib/feature/feature';
import { migrateDatabase } from '@/lib/migrate';
import { createRollout, perform } from '@/lib/rollout/rollout';
import type { Figure } from './figure';
import { requestsBody, requestsPlan } from './requests';

const rounds = 20;
const healthyReports = 12;

type Bed = { database: Database; ctx: Context; otlp: string; close: () => Promise<void> };

export async function benchVerdict(): Promise<Figure[]> {
  const bed = await makeBed();
  try {
    const took = await Promise.all(Array.from({ length: rounds }, (_, i) => oneRound(bed, `bench-${i}`)));
    return [
      figure(
        'acknowledged → verdict',
        took.map((t) => t.verdictMs),
        '≤ 1,000',
      ),
      figure(
        'acknowledged → OFREP serves the baseline',
        took.map((t) => t.baselineMs),
        '≤ 2,000',
      ),
    ].flat();
  } finally {
    await bed.close();
  }
}

function figure(name: string, values: number[], target: string): Figure[] {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (q: number) => Math.round(sorted[Math.min(sorted.length - 1, Math.ceil(q * sorted.length) - 1)] ?? 0);
  const of = `of ${values.length} rollouts`;
  return [
    { name: `${name}, p50 ${of}`, value: at(0.5), unit: 'ms', target },
    { name: `${name}, p99 ${of}`, value: at(0.99), unit: 'ms', target },
  ];
}

/** Healthy reports, then bad ones until the verdict turns; the clock runs from the last one acknowledged before it. */
async function oneRound(bed: Bed, feature: string): Promise<{ verdictMs: number; baselineMs: number }> {
  const startedAt = Date.now() - 130_000;
  await putFeature(bed.ctx, {
    key: feature,
    owner: 'bench',
    versions: { control: false, treatment: true },
    baseline: 'control',
  });
  const then = { ...bed.ctx, now: () => new Date(startedAt) };
  const { id } = await createRollout(then, requestsPlan(feature).replace('minSamples: 1000', 'minDuration: 1h'));
  await perform(then, id, 'start', { reason: 'bench' });
  for (let i = 0; i < healthyReports; i++) await send(bed, feature, startedAt + i * 10_000, 0.01);
  const exposed = await exposedUser(bed, feature);

  const acknowledged: number[] = [];
  let verdictAt = 0;
  let baselineAt = 0;
  const looking = (async () => {
    while (!verdictAt || !baselineAt) {
      const [row] = await bed.database.sql`
        select (extract(epoch from at) * 1000)::float8 as at from verdict where rollout_id = ${id} and kind = 'roll_back'`;
      if (row && !verdictAt) verdictAt = Number(row.at);
      if (row && (await servedVersion(bed, feature, exposed)) === 'control') baselineAt = Date.now();
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  })();
  for (let i = 0; i < 100 && !verdictAt; i++) {
    await send(bed, feature, Date.now(), 0.3);
    acknowledged.push(Date.now());
    await new Promise((resolve) => setTimeout(resolve, 2_000));
  }
  await looking;
  const last = acknowledged.filter((at) => at <= verdictAt).at(-1) ?? verdictAt;
  return { verdictMs: verdictAt - last, baselineMs: baselineAt - last };
}

let sent = 0;
async function send(bed: Bed, feature: string, at: number, badShare: number): Promise<void> {
  const bad = Math.round(500 * badShare);
  const body = requestsBody({
    feature,
    environment: 'production',
    at: at + (++sent % 1000) / 1000,
    overMs: 1_000,
    traffic: [
      { version: 'control', cohort: 'eu', ok: 495, bad: 5 },
      { version: 'treatment', cohort: 'eu', ok: 500 - bad, bad },
    ],
  });
  const answer = await fetch(`${bed.otlp}/v1/metrics`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: new Uint8Array(body),
  });
  if (!answer.ok) throw new Error(`the receiver answered ${answer.status}: ${await answer.text()}`);
}

async function servedVersion(bed: Bed, feature: string, targetingKey: string): Promise<string> {
  const answer = await fetch(`${bed.otlp}/ofrep/v1/evaluate/flags/${feature}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ context: { targetingKey } }),
  });
  return ((await answer.json()) as { variant: string }).variant;
}

async function exposedUser(bed: Bed, feature: string): Promise<string> {
  for (let i = 0; i < 1_000; i++)
    if ((await servedVersion(bed, feature, `user-${i}`)) === 'treatment') return `user-${i}`;
  throw new Error('nobody is served the candidate');
}

async function makeBed(): Promise<Bed> {
  const dir = mkdtempSync(join(tmpdir(), 'belay-bench-'));
  chmodSync(dir, 0o755);
  const server = await startPostgres({ dir });
  await migrateDatabase(server.url, process.cwd());
  const port = await freePort();
  const env = { ...process.env, DATABASE_URL: server.url, OTLP_PORT: String(port), LOG_LEVEL: 'error' };
  const children = await Promise.all(['jobs/receiver.ts', 'jobs/worker.ts'].map((file) => startChild(file, env)));
  const database = openDatabase(server.url, { name: 'bench', max: 5 });
  return {
    database,
    ctx: {
      db: database.db,
      now: () => new Date(),
      enqueue: async () => {},
      actor: { kind: 'rule', id: 'bench', name: 'bench', environment: null },
    },
    otlp: `http://127.0.0.1:${port}`,
    close: async () => {
      await database.close();
      await Promise.all(children.map((child) => ended(child)));
      await server.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** Resolves once the process says that it is ready. */
export function startChild(file: string, env: NodeJS.ProcessEnv): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['--import', 'tsx', file], {
    env,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  return new Promise((resolve, reject) => {
    child.once('message', () => resolve(child));
    child.once('exit', (code) => reject(new Error(`${file} ended with ${code}`)));
  });
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once('exit', () => resolve());
    child.kill('SIGTERM');
  });
}
