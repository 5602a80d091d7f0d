/** Changes go through the same REST as everybody's. */
import type { FieldError } from '@/lib/errors';

export type Refusal = { message: string; fields: FieldError[]; status: number };
export type Sent<T> = { ok: true; body: T } | { ok: false; refusal: Refusal };

/** Two clicks of one order are one order: verbs carry the key of the dialog that they came from. */
export function orderKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, '0')).join('');
}

export async function send<T = unknown>(
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  body?: unknown,
  options: { idempotencyKey?: string; contentType?: string } = {},
): Promise<Sent<T>> {
  const headers: Record<string, string> = { accept: 'application/json' };
  if (body !== undefined) headers['content-type'] = options.contentType ?? 'application/json';
  if (options.idempotencyKey) headers['idempotency-key'] = options.idempotencyKey;
  try {
    const response = await fetch(`/api/v1${path}`, {
      method,
      headers,
      cache: 'no-store',
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const answer: unknown = text === '' ? null : parsed(text);
    if (response.ok) return { ok: true, body: answer as T };
    return { ok: false, refusal: refusalOf(response.status, answer) };
  } catch {
    return { ok: false, refusal: { status: 0, fields: [], message: 'Belay did not answer. Is it running?' } };
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function refusalOf(status: number, answer: unknown): Refusal {
  const problem = (answer ?? {}) as { title?: string; detail?: string; errors?: FieldError[] };
  const fields = Array.isArray(problem.errors) ? problem.errors : [];
  return { status, fields, message: problem.detail ?? problem.title ?? `Belay answered ${status}` };
}
