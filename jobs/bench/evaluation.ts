/** Flag evaluations over OFREP, each a request of its own, as server-side providers send them. */
import type { Actor } from '@/lib/access/model';
import { putFeature } from '@/lib/feature/feature';
import type { Figure } from './figure';
import { openSender } from './load';
import { median, openStage } from './stage';

const requests = 10_000;
const runs = 5;
const atOnce = 8;
const bench: Actor = { kind: 'rule', id: 'bench', name: 'bench', environment: null };

export async function evaluation(): Promise<Figure[]> {
  const stage = await openStage();
  try {
    const ctx = { db: stage.database.db, now: () => new Date(), enqueue: async () => {}, actor: bench };
    const versions = { control: false, treatment: true };
    await putFeature(ctx, { key: 'new-checkout', owner: 'bench', versions, baseline: 'control' });
    const sender = openSender(stage.port, atOnce);
    const rates: number[] = [];
    for (let run = 0; run <= runs; run++) {
      const before = stage.cpu();
      await Promise.all(Array.from({ length: atOnce }, (_, lane) => evaluate(sender, lane)));
      const after = stage.cpu();
      if (run > 0) rates.push(requests / (after.receiver - before.receiver + after.postgres - before.postgres));
    }
    sender.close();
    return [{ name: 'OFREP evaluations a CPU-second', value: median(rates), unit: 'evaluations', target: '≥ 5,000' }];
  } finally {
    await stage.close();
  }
}

async function evaluate(sender: ReturnType<typeof openSender>, lane: number): Promise<void> {
  const path = '/ofrep/v1/evaluate/flags/new-checkout';
  for (let i = lane; i < requests; i += atOnce) {
    const body = Buffer.from(JSON.stringify({ context: { targetingKey: `user-${i}`, plan: 'beta', country: 'de' } }));
    const { status } = await sender.send(path, { 'content-type': 'application/json' }, body);
    if (status !== 200) throw new Error(`the receiver answered ${status}`);
  }
}
