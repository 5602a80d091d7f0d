/** The demo shop: a service, its customers, and three rollouts. Started by the supervisor unless BELAY_DEMO=0. */
import { OFREPProvider } from '@openfeature/ofrep-provider';
import { OpenFeature } from '@openfeature/server-sdk';
import { reachableHost } from '@/jobs/supervisor/ports';
import { getConfig } from '@/lib/config';
import { openDatabase } from '@/lib/db';
import { openLog } from '@/lib/log';
import { openQueue } from '@/lib/queue/queue';
import { letCustomersIn } from './customers';
import { seedDemo } from './seed';
import { openShop } from './service';
import { openTelemetry } from './telemetry';

const config = getConfig();
const log = openLog('demo-shop', { level: config.LOG_LEVEL });
const belay = `http://${reachableHost(config.HOST)}:${config.OTLP_PORT}`;

await OpenFeature.setProviderAndWait(new OFREPProvider({ baseUrl: belay }));
const telemetry = openTelemetry(belay);
const shop = await openShop(OpenFeature.getClient('demo-shop'), telemetry);
const customers = letCustomersIn(shop.port);
log.info({ port: shop.port }, 'the shop is open');

process.once('SIGTERM', async () => {
  customers.leave();
  await shop.close();
  await telemetry.close();
  await OpenFeature.close();
  log.info('the shop is closed');
  process.exit(0);
});

await seed();
process.send?.('ready');

/** The customers are there first, so that the first look of a rollout already has something to see. */
async function seed(): Promise<void> {
  const databaseUrl = config.DATABASE_URL ?? '';
  const database = openDatabase(databaseUrl, { name: 'demo', max: 2 });
  const queue = openQueue({ databaseUrl, redisUrl: config.REDIS_URL });
  try {
    const made = await seedDemo({ db: database.db, now: () => new Date(), enqueue: queue.enqueue });
    log.info({ made }, 'rollouts of the demo');
  } finally {
    await queue.close();
    await database.close();
  }
}
