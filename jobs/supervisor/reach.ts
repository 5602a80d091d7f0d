/** The services that somebody else runs: reachable and new enough, or one line that says what to do. */
import Redis from 'ioredis';
import postgres from 'postgres';
import { Refusal } from './terminal';

const patienceMs = 6_000;
const oldestPostgres = 150_000;
const oldestRedis = [6, 2] as const;

/** Everything of an address but its password. */
export function shown(url: string): string {
  return url.replace(/(:\/\/[^:@/]*):[^@/]*@/, '$1:***@').replace(/\?.*$/, '');
}

export async function reachDatabase(url: string): Promise<void> {
  const sql = postgres(url, { max: 1, connect_timeout: patienceMs / 1000, onnotice: () => {} });
  try {
    const answer = await within(sql`select current_setting('server_version_num')::int as version`);
    const version = answer[0]?.version as number;
    if (version < oldestPostgres)
      throw new Refusal(
        `DATABASE_URL ${shown(url)} is PostgreSQL ${Math.floor(version / 10_000)}: Belay needs 15 or newer`,
      );
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Refusal(
      `DATABASE_URL ${shown(url)} cannot be reached (${reason(error)}): start that PostgreSQL, correct DATABASE_URL, or unset it to use the built-in one`,
    );
  } finally {
    void sql.end({ timeout: 1 }).catch(() => {});
  }
}

export async function reachRedis(url: string): Promise<void> {
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: patienceMs,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
  });
  let last: unknown;
  redis.on('error', (error) => {
    last = error;
  });
  try {
    await within(redis.connect());
    const version = /redis_version:(\d+)\.(\d+)/.exec(String(await within(redis.info('server'))));
    const [major, minor] = [Number(version?.[1] ?? 99), Number(version?.[2] ?? 0)];
    if (major < oldestRedis[0] || (major === oldestRedis[0] && minor < oldestRedis[1]))
      throw new Refusal(
        `REDIS_URL ${shown(url)} is Redis ${major}.${minor}: Belay needs ${oldestRedis.join('.')} or newer`,
      );
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Refusal(
      `REDIS_URL ${shown(url)} cannot be reached (${reason(last ?? error)}): start that Redis, correct REDIS_URL, or unset it to keep the jobs in PostgreSQL`,
    );
  } finally {
    redis.disconnect();
  }
}

function within<T>(work: PromiseLike<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer within ${patienceMs / 1000} s`)), patienceMs);
    Promise.resolve(work)
      .then(resolve, reject)
      .finally(() => clearTimeout(timer));
  });
}

function reason(error: unknown): string {
  const { code, message, errors } = error as { code?: string; message?: string; errors?: unknown[] };
  if (errors?.[0]) return reason(errors[0]);
  if (code === 'CONNECT_TIMEOUT' || code === 'ETIMEDOUT') return `no answer within ${patienceMs / 1000} s`;
  return (code === undefined || message?.includes(code) ? message : `${code} ${message}`) ?? 'no reason given';
}
