/** What a page is about. Where it is not there, or not for this person, there is no such page. */
import { notFound } from 'next/navigation';
import { BelayError } from '@/lib/errors';

export async function found<T>(reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof BelayError && error.code === 'not_found') notFound();
    throw error;
  }
}
