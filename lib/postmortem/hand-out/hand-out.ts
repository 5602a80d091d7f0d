/** A report for whoever asked, in the form that was asked for; who may not see it gets none of them. */
import type { Context } from '@/lib/context';
import { BelayError } from '@/lib/errors';
import type { Facts } from '../facts';
import { getEvidence, getPostmortem } from '../postmortem';
import { toCsv } from './export-csv';
import { toExport } from './export-json';
import type { Form } from './form';
import { toMarkdown } from './markdown';
import { reportOf } from './report';

export type HandOut = { body: string; type: string; file: string };
type Asked = { form: Exclude<Form, 'view'>; zone: string; base: string | null };

export async function handOut(ctx: Context, id: string, { form, zone, base }: Asked): Promise<HandOut> {
  const view = await getPostmortem(ctx, id);
  const facts = await factsFor(ctx, id, view.document?.draft?.evidence.number);
  const named = (ending: string) => `postmortem-${id.replace(/[^\w-]/g, '')}.${ending}`;
  if (form === 'json') return { body: shown(toExport(view, facts)), type: 'application/json', file: named('json') };
  const report = reportOf(view, facts);
  return form === 'csv'
    ? { body: toCsv(report), type: 'text/csv; charset=utf-8; header=present', file: named('csv') }
    : {
        body: toMarkdown(report, { zone, base }),
        type: 'text/markdown; charset=utf-8; variant=GFM',
        file: named('md'),
      };
}

/** As what it is, so that hashes can be computed again; what turns round the words beside it is written as its escape. */
const shown = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** Null where they are not what was drafted from any more: the seal says so, and so does what is handed out. */
async function factsFor(ctx: Context, id: string, number: number | undefined): Promise<Facts | null> {
  if (number === undefined) return null;
  try {
    return JSON.parse((await getEvidence(ctx, id, number)).facts) as Facts;
  } catch (error) {
    if (error instanceof SyntaxError || (error instanceof BelayError && error.code === 'not_found')) return null;
    throw error;
  }
}
