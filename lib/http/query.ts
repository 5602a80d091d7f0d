/** What may stand behind a question mark: text that is read as something else. */
import { z } from 'zod';

export const text = z.string().min(1).max(255);

/** `2026-01-01T00:00:00Z`, or milliseconds since the epoch */
export const instant = z
  .string()
  .transform((v) => new Date(/^\d{1,15}$/.test(v) ? Number(v) : v))
  .refine(
    (d) => !Number.isNaN(d.getTime()) && Math.abs(d.getUTCFullYear()) < 10_000,
    'is not a time: use 2026-01-01T00:00:00Z',
  )
  .meta({ format: 'date-time' });

export const whole = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/, 'is not a whole number')
    .transform(Number)
    .refine((n) => n >= least && n <= most, `must be from ${least} to ${most}`);

export const fraction = z
  .string()
  .regex(/^0?\.\d{1,12}$/, 'must be between 0 and 1')
  .transform(Number)
  .refine((n) => n > 0 && n < 1, 'must be between 0 and 1');

export const list = <T extends z.ZodType<unknown, string>>(item: T) =>
  z
    .string()
    .transform((v) => v.split(',').map((part) => part.trim()))
    .pipe(z.array(item).min(1).max(100));

/** JSON in a query parameter, as `where={"http.route":"/checkout"}` */
export const json = <T extends z.ZodType>(schema: T) =>
  z
    .string()
    .max(4000)
    .transform((v, issue) => {
      try {
        return JSON.parse(v) as unknown;
      } catch {
        issue.addIssue({ code: 'custom', message: 'is not JSON' });
        return z.NEVER;
      }
    })
    .pipe(schema);
