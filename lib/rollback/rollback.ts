import type { Context } from '@/lib/context';
import type { Db } from '@/lib/db';
import type { RollbackView } from './model';

const later = (): never => {
  throw new Error('not written yet');
};
export async function getRollback(_ctx: Context, _id: string): Promise<RollbackView> {
  return later();
}
export async function rollbacksOf(_ctx: Context, _rolloutId: string): Promise<RollbackView[]> {
  return later();
}
/** Carries a rollback as far as it goes now; safe to call at any time, from any worker, again. */
export async function stepRollback(_ctx: Context, _id: string): Promise<RollbackView | null> {
  return later();
}
/** Ids of rollbacks that somebody should step now. */
export async function dueRollbacks(_db: Db, _now: Date): Promise<string[]> {
  return later();
}
