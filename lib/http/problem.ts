/** Every error as the caller sees it: RFC 9457, one table from code to status. */
import { getConfig } from '@/lib/config';
import { isPassing } from '@/lib/db';
import { BelayError, type ErrorCode, type FieldError } from '@/lib/errors';
import { type Log, openLog } from '@/lib/log';

type Answer = { status: number; title: string };

export const answers: Record<ErrorCode | 'method_not_allowed' | 'internal', Answer> = {
  bad_input: { status: 400, title: 'The input is not valid' },
  unauthenticated: { status: 401, title: 'Nobody is signed in' },
  forbidden: { status: 403, title: 'Not allowed' },
  not_found: { status: 404, title: 'Not found' },
  method_not_allowed: { status: 405, title: 'Not a method of this resource' },
  conflict: { status: 409, title: 'Conflict with the current state' },
  too_large: { status: 413, title: 'The body is too large' },
  unsupported: { status: 415, title: 'Not a content type that is read here' },
  internal: { status: 500, title: 'A defect in Belay' },
  unavailable: { status: 503, title: 'Not available at the moment' },
};

export type Problem = {
  type: 'about:blank';
  title: string;
  status: number;
  code: keyof typeof answers;
  detail?: string;
  errors?: FieldError[];
};

let log: Log | undefined;
/** Of a request that failed through no fault of the caller. */
export function report(error: unknown): void {
  log ??= openLog('console', { level: getConfig().LOG_LEVEL });
  log.error({ err: error }, 'a request failed');
}

export function problemFor(error: unknown, tell = report): Response {
  if (error instanceof BelayError) return problem(error.code, error.message, error.fields);
  tell(error);
  if (isPassing(error)) return problem('unavailable', 'The database does not answer at the moment; try again');
  return problem('internal');
}

export function problem(code: keyof typeof answers, detail?: string, errors: FieldError[] = []): Response {
  const { status, title } = answers[code];
  const body: Problem = { type: 'about:blank', title, status, code };
  if (detail) body.detail = detail;
  if (errors.length > 0) body.errors = errors;
  const headers: Record<string, string> = {
    'content-type': 'application/problem+json; charset=utf-8',
    'cache-control': 'no-store',
  };
  if (status === 401) headers['www-authenticate'] = 'Bearer realm="belay"';
  if (status === 503) headers['retry-after'] = '1';
  return new Response(JSON.stringify(body), { status, headers });
}
