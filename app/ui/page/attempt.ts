/** One part of a page may fail without taking the others along. */
import { unstable_rethrow } from 'next/navigation';
import { BelayError } from '@/lib/errors';
import { openLog } from '@/lib/log';

export type Attempt<T> = { ok: true; value: T } | { ok: false; message: string; code: string };

const log = openLog('console');

export async function attempt<T>(work: Promise<T>): Promise<Attempt<T>> {
  try {
    return { ok: true, value: await work };
  } catch (error) {
    unstable_rethrow(error);
    if (error instanceof BelayError) return { ok: false, message: error.message, code: error.code };
    log.error({ err: error }, 'a part of a page could not be read');
    return { ok: false, message: 'Belay could not read this just now.', code: 'internal' };
  }
}

export function valueOr<T>(attempted: Attempt<T>, fallback: T): T {
  return attempted.ok ? attempted.value : fallback;
}
