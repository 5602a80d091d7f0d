/**
 * Every error that Belay means to show. The code decides the HTTP status in `lib/http/problem.ts`;
 * anything that is not a BelayError is a defect and its message never leaves the process.
 */
export const errorCodes = [
  'bad_input',
  'unauthenticated',
  'forbidden',
  'not_found',
  'conflict',
  'too_large',
  'unsupported',
  'unavailable',
] as const;
export type ErrorCode = (typeof errorCodes)[number];

/** One complaint about one field: `field` is a path such as `stages[1].exposure.beta`. */
export type FieldError = { field: string; message: string };

export class BelayError extends Error {
  readonly code: ErrorCode;
  readonly fields: FieldError[];

  constructor(code: ErrorCode, message: string, fields: FieldError[] = []) {
    super(message);
    this.name = 'BelayError';
    this.code = code;
    this.fields = fields;
  }
}

export function badInput(fields: FieldError[]): BelayError {
  const first = fields[0];
  const message = first ? `${first.field}: ${first.message}` : 'The input is not valid';
  return new BelayError('bad_input', message, fields);
}

export function notFound(what: string, id: string): BelayError {
  return new BelayError('not_found', `There is no ${what} ${id}`);
}

export function conflict(message: string, fields: FieldError[] = []): BelayError {
  return new BelayError('conflict', message, fields);
}
