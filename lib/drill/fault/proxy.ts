/**
 * The level where HAProxy fails the requests. Who is exposed, who is marked and for how long is as at the level `fault`;
 * only the harm is not served to them: an entry of a stick-table brings it about, of this drill, its version and cohort.
 * The entry is a dead man's switch. HAProxy forgets it some seconds after it was last written, and Belay writes it every
 * two seconds while the run is under its fault, the last time so early that it is gone when the fault is to end.
 */
import { eq } from 'drizzle-orm';
import { drillFault } from '@/drizzle/schema/drill';
import { BelayError } from '@/lib/errors';
import { durationMs } from '@/lib/rollout/plan/duration';
import type { Drill } from '../model';
import type { DrillProxy } from '../proxy-model';
import { line } from '../run/line';
import { findRun, type RunHome, type RunRow, selectLines } from '../run/run-store';
import { armExposed, disarmFault, followFault, prepareFault, proveFaultGone } from './fault';
import { clearEntry, deadlineMs, readEntry, writeEntry } from './haproxy';
import type { Level, Part } from './level';
import { expiryOf, proxiesOf } from './proxies';
import { shadowRollout } from './shadow';

export const proxy: Level = {
  lacks: async (db, { environment }) =>
    (await proxiesOf(db, environment)).length > 0
      ? null
      : `No HAProxy is named for ${environment}: name its runtime socket under Settings, Proxies for drills, or use the level fault or synthetic`,
  refuses: refusesProxy,
  prepare: prepareFault,
  send: async (home, run, until) => {
    const sent = await followFault(home, run, until);
    await bringAbout(home, run);
    return sent;
  },
  // What they are served harms nobody: that is HAProxy's.
  arm: (tx, now, run) => armExposed(tx, now, run, run.spec.fault && { ...run.spec.fault, share: 0 }),
  outside: bringAbout,
  disarm: disarmFault,
  prove: proveProxyGone,
};

type Of = { proxy: DrillProxy; key: string };

/** Requests say it in their headers: `belay-drill`, `belay-version`, `belay-cohort`. */
const keyOf = (run: RunRow, version: string): string => `${run.id}|${version}|${run.spec.blast?.cohort ?? ''}`;

async function refusesProxy(home: RunHome, run: RunRow): Promise<string | null> {
  try {
    for (const of of await proxiesOf(home.db, run.environment)) {
      const expireMs = await expiryOf(of);
      const mayMs = mostMs(run.spec);
      if (expireMs + deadlineMs > mayMs)
        return `HAProxy at ${of.address} forgets a fault after ${expireMs / 1_000} s, and this one may take ${mayMs / 1_000} s`;
    }
    return null;
  } catch (error) {
    if (error instanceof BelayError) return error.message;
    throw error;
  }
}

const mostMs = ({ fault, blast }: Drill): number =>
  Math.min(fault ? durationMs(fault.expiresAfter) : 0, (blast?.minutes ?? 0) * 60_000);

/**
 * Makes every HAProxy say what the run says. One that cannot be asked keeps neither the others nor the run from going
 * on: it is told of, asked again with the next stretch, and forgets by itself meanwhile.
 */
async function bringAbout(home: RunHome, given: RunRow): Promise<void> {
  if (given.faultAt === null) return;
  const run = await findRun(home.db, given.id);
  // Whoever has it now does it.
  if (!run || run.attempts !== given.attempts) return;
  const of = await entriesOf(home, run);
  const until = await harmUntil(home, run);
  const done = await Promise.allSettled(
    of.map((one) => (until ? hold(home, run, one, until) : release(home, run, one))),
  );
  for (const one of done) {
    if (one.status === 'fulfilled') continue;
    if (!(one.reason instanceof BelayError)) throw one.reason;
    await sayOnce(
      home,
      run,
      `${one.reason.message}. ${until ? 'It is asked again' : 'It forgets the fault by itself'}`,
    );
  }
}

/** Null: nothing may fail any more. */
async function harmUntil(home: RunHome, run: RunRow): Promise<Date | null> {
  const under = run.state === 'detecting' || run.state === 'deciding';
  if (!under || run.stop !== null || run.undo?.state !== 'planned') return null;
  const [exposed] = await home.db.select().from(drillFault).where(eq(drillFault.runId, run.id));
  return exposed?.exposes && exposed.expiresAt > home.now() ? exposed.expiresAt : null;
}

async function hold(home: RunHome, run: RunRow, { proxy: at, key }: Of, until: Date): Promise<void> {
  const { share, status } = run.spec.fault ?? {};
  if (share === undefined || typeof status !== 'number') return;
  const expireMs = await expiryOf(at);
  const before = await readEntry(at, key);
  // Written now, as late as it may be, it would outlive the fault: what was written before runs out in time.
  if (home.now().getTime() + deadlineMs + expireMs > until.getTime()) return;
  await writeEntry(at, key, { share, status });
  if (before) return;
  const seconds = `${expireMs / 1_000} s`;
  await say(
    home,
    run,
    `HAProxy at ${at.address} answers ${status} to ${share} % of the marked requests, and forgets it ${seconds} after it was last told`,
  );
}

async function release(home: RunHome, run: RunRow, { proxy: at, key }: Of): Promise<void> {
  if (!(await readEntry(at, key))) return;
  await clearEntry(at, key);
  await say(home, run, `HAProxy at ${at.address} fails nothing any more`);
}

async function entriesOf(home: RunHome, run: RunRow): Promise<Of[]> {
  const exposed = await shadowRollout(home.db, run.id);
  if (!exposed) return [];
  const proxies = await proxiesOf(home.db, run.environment);
  return proxies.map((at) => ({ proxy: at, key: keyOf(run, exposed.plan.candidate) }));
}

const say = (home: RunHome, run: RunRow, text: string) => home.db.transaction((tx) => line(tx, home.now(), run, text));

async function sayOnce(home: RunHome, run: RunRow, text: string): Promise<void> {
  if (!(await selectLines(home.db, run.id)).some((said) => said.text === text)) await say(home, run, text);
}

/** Read back from HAProxy itself: what it cannot be asked is not proven. */
async function proveProxyGone(home: RunHome, run: RunRow): Promise<Part> {
  const gone = await proveFaultGone(home.db, home.now(), run);
  if (!gone.ok) return gone;
  const of = await entriesOf(home, run);
  if (of.length === 0) return { ok: false, detail: `No HAProxy is named for ${run.environment} any more` };
  try {
    for (const { proxy: at, key } of of)
      if (await readEntry(at, key)) return { ok: false, detail: `HAProxy at ${at.address} still fails requests` };
    return { ok: true, detail: `${gone.detail}. HAProxy fails no request of it` };
  } catch (error) {
    if (!(error instanceof BelayError)) throw error;
    return { ok: false, detail: `${error.message}, so nobody knows whether it still fails requests` };
  }
}
