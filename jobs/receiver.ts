/**
 * The receiver process: OTLP/HTTP and OFREP on one port. It needs nothing but PostgreSQL; any number of them may
 * run side by side, and one that is killed loses nothing that it acknowledged.
 */
import { listKeys } from '@/lib/access/access';
import type { Actor } from '@/lib/access/model';
import { getConfig } from '@/lib/config';
import { openDatabase } from '@/lib/db';
import { openFlags } from '@/lib/feature/flags';
import { isLoopbackHost } from '@/lib/http/credentials';
import { openLog } from '@/lib/log';
import { openReceiver } from '@/lib/otlp/receive';
import { openAdmission } from './receiver/admission';
import { openServer } from './receiver/server';

const config = getConfig();
const log = openLog('receiver', { level: config.LOG_LEVEL });
const drainMs = 4_000;

/** Ends the process with one line that says what to do. */
function refuse(message: string): never {
  log.fatal(message);
  process.exit(1);
}

/** One line a second and kind, however many requests fail. */
function sparingly(everyMs: number) {
  const last = new Map<string, number>();
  return (error: unknown, what: string) => {
    const at = performance.now();
    if (at - (last.get(what) ?? -everyMs) < everyMs) return;
    last.set(what, at);
    log.error({ err: error }, what);
  };
}

async function main(): Promise<void> {
  const url = config.DATABASE_URL;
  if (!url) refuse('DATABASE_URL is not set: start Belay with npm start');
  const now = () => new Date();
  const database = openDatabase(url, { name: 'receiver', max: 5 });
  if (!isLoopbackHost(config.HOST) && !(await anyKey(database.db, now))) {
    refuse(
      `HOST is ${config.HOST} and there is no key: make one first (npm run -s key -- create --name N --role ingest)`,
    );
  }
  const report = sparingly(1_000);
  const flags = await openFlags({ url, database, process: 'receiver', now });
  const receiver = openReceiver({ database, now, log: report });
  const server = openServer({
    receiver,
    flags: flags.state,
    admit: openAdmission({ db: database.db, now, host: config.HOST, revision: flags.revision }),
    ready: async () => ({ database: await answers(database.sql) }),
    log: report,
  });
  server.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EADDRINUSE') refuse(`port ${config.OTLP_PORT} is in use: set OTLP_PORT to another`);
    refuse(`cannot listen on ${config.HOST}:${config.OTLP_PORT}: ${error.message}`);
  });
  server.listen(config.OTLP_PORT, config.HOST, () => {
    log.info({ host: config.HOST, port: config.OTLP_PORT }, 'receives');
    process.send?.('ready');
  });

  let closing = false;
  const close = async (signal: string) => {
    if (closing) return;
    closing = true;
    log.info({ signal }, 'closes');
    setTimeout(() => process.exit(1), drainMs + 800).unref();
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeIdleConnections();
    setTimeout(() => server.closeAllConnections(), drainMs).unref();
    await closed;
    await receiver.close();
    await flags.close();
    await database.close();
    process.exit(0);
  };
  process.on('SIGTERM', () => void close('SIGTERM'));
  process.on('SIGINT', () => void close('SIGINT'));
}

const itself: Actor = { kind: 'rule', id: 'receiver', name: 'receiver', environment: null };

async function anyKey(db: Parameters<typeof openAdmission>[0]['db'], now: () => Date): Promise<boolean> {
  const keys = await listKeys({ db, now, enqueue: async () => {}, actor: itself });
  return keys.some((k) => !k.revokedAt && (!k.expiresAt || new Date(k.expiresAt) > now()));
}

async function answers(sql: ReturnType<typeof openDatabase>['sql']): Promise<string> {
  const late = new Promise<string>((resolve) => setTimeout(resolve, 2_000, 'does not answer').unref());
  return Promise.race([sql`select 1 from ledger limit 1`.then(() => 'ok'), late]).catch(() => 'does not answer');
}

main().catch((error) => {
  log.fatal({ err: error }, 'the receiver cannot start');
  process.exit(1);
});
