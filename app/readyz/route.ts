import { readiness } from '@/lib/http/ready';
import { getDatabase, getQueue } from '@/lib/wiring';

export const dynamic = 'force-dynamic';

export async function GET(): Promise<Response> {
  const checks = await readiness({ db: () => getDatabase().db, queue: getQueue });
  const ready = Object.values(checks).every((check) => check === 'ok');
  return Response.json(
    { status: ready ? 'ready' : 'not ready', checks },
    { status: ready ? 200 : 503, headers: { 'cache-control': 'no-store', ...(ready ? {} : { 'retry-after': '1' }) } },
  );
}
