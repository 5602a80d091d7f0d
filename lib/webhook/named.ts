/** Which registered webhook is meant: by its id, or by the name that people gave it. It stays until the transaction ends. */
import { eq, or } from 'drizzle-orm';
import { webhookTarget } from '@/drizzle/schema/plane';
import type { Tx } from '@/lib/db';

export async function webhookNamed(tx: Tx, idOrName: string): Promise<{ id: string; name: string } | null> {
  const [row] = await tx
    .select({ id: webhookTarget.id, name: webhookTarget.name })
    .from(webhookTarget)
    .where(or(eq(webhookTarget.id, idOrName), eq(webhookTarget.name, idOrName)))
    .for('share');
  return row ?? null;
}
