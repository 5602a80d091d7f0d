/**
 * The HAProxies in front of each environment, by their runtime sockets. Administrators only: who names one chooses where
 * Belay writes.
 */
import { and, eq } from 'drizzle-orm';
import { drillRun } from '@/drizzle/schema/drill';
import { authorise } from '@/lib/access/authorise';
import type { Context } from '@/lib/context';
import type { Db, Tx } from '@/lib/db';
import { BelayError, conflict } from '@/lib/errors';
import { changeSetting, getSetting } from '@/lib/event/setting';
import { parseInput } from '@/lib/input';
import { type DrillProxies, type DrillProxy, drillProxiesInput, type ProxyAnswer } from '../proxy-model';
import { live } from '../run/run-store';
import { writeEntry } from './haproxy';

const proxiesName = 'drill_proxies';

async function readProxies(db: Db | Tx): Promise<DrillProxies> {
  return drillProxiesInput.parse(await getSetting(db, proxiesName, { proxies: [] }));
}

export async function proxiesOf(db: Db | Tx, environment: string): Promise<DrillProxy[]> {
  return (await readProxies(db)).proxies.filter((proxy) => proxy.environment === environment);
}

export async function getDrillProxies(ctx: Context): Promise<DrillProxies> {
  authorise(ctx.actor, 'view');
  return readProxies(ctx.db);
}

/** All of them at once. Those that a drill uses stay as they are until it has ended: it must take back what it told them. */
export async function putDrillProxies(ctx: Context, input: unknown): Promise<DrillProxies> {
  authorise(ctx.actor, 'administer', null);
  const after = parseInput(drillProxiesInput, input);
  const says = async (tx: Tx, before: DrillProxies) => {
    await refuseUsed(tx, before, after);
    const named = after.proxies.map(({ environment, address }) => `${address} for ${environment}`);
    return `Drills may use the HAProxies ${named.join(', ') || 'of nobody'}`.slice(0, 500);
  };
  await changeSetting(ctx, { name: proxiesName, read: readProxies, after, says });
  return after;
}

async function refuseUsed(tx: Tx, before: DrillProxies, after: DrillProxies): Promise<void> {
  const using = await tx
    .select({ environment: drillRun.environment })
    .from(drillRun)
    .where(and(eq(drillRun.level, 'proxy'), live));
  const of = ({ proxies }: DrillProxies, environment: string) =>
    JSON.stringify(proxies.filter((proxy) => proxy.environment === environment));
  const used = using.find(({ environment }) => of(before, environment) !== of(after, environment));
  if (used) throw conflict(`A drill uses the HAProxies of ${used.environment}: abort it, or wait for its end`);
}

/** Asks each of them, now. */
export async function checkDrillProxies(ctx: Context): Promise<ProxyAnswer[]> {
  authorise(ctx.actor, 'operate');
  const { proxies } = await readProxies(ctx.db);
  return Promise.all(proxies.map(answerOf));
}

async function answerOf(proxy: DrillProxy): Promise<ProxyAnswer> {
  try {
    const expireMs = await expiryOf(proxy);
    return { ...proxy, ok: true, detail: `It answers, and forgets a fault after ${expireMs / 1_000} s` };
  } catch (error) {
    if (error instanceof BelayError) return { ...proxy, ok: false, detail: error.message };
    throw error;
  }
}

/** Long enough to be written anew in time; and over, where a worker dies, by the time that another has taken its run. */
const shortestMs = 4_000;
const longestMs = 20_000;
/** As long as the keys of drills may be. */
const probe = 'belay-probe|'.padEnd(240, 'x');

/**
 * How long the table keeps an entry; it says so only of an entry, so one is written that harms nobody.
 * @throws BelayError unavailable where a drill could not use it, saying why
 */
export async function expiryOf(proxy: DrillProxy): Promise<number> {
  const { leftMs } = await writeEntry(proxy, probe, { share: 0, status: 0 });
  const refuse = (what: string) =>
    new BelayError('unavailable', `HAProxy at ${proxy.address}: ${what}. Give the table ${proxy.table} expire 10s`);
  if (leftMs === 0) throw refuse('what its table is told stays for ever');
  // What is left is just below what it was set to.
  const expireMs = Math.ceil(leftMs / 1_000) * 1_000;
  if (expireMs < shortestMs || expireMs > longestMs)
    throw refuse(
      `its table forgets after ${expireMs / 1_000} s, and must after ${shortestMs / 1_000} to ${longestMs / 1_000} s`,
    );
  return expireMs;
}
