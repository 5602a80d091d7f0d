/** Checks: one question that changes nothing, and whether the answer is as it must be. */
import { z } from 'zod';
import { reach } from '@/lib/failpoint';
import type { TaskResult } from '@/lib/rollback/model';
import { jsonOf, type MigrationHome, missing, passing, sendTo, silent } from './call';
import { type Answered, ask } from './database';
import type { Check, Expectation } from './model';
import { findDatabase } from './store';

type Of = { key: string; fence: number; owner?: string };
const againMs = 5_000;
/** What was wrong may have been put right: a question costs little. */
const recheckMs = 30_000;

/** A failed check says what it found, what to do, and whom to ask. */
export async function runCheck(home: MigrationHome, check: Check, of: Of): Promise<TaskResult> {
  reach('check.before');
  const result = check.kind === 'sql' ? await askDatabase(home, check, of) : await askWebhook(home, check, of);
  reach('check.after');
  return result;
}

/** People write it with a full stop or without one. */
const sentence = (text: string) => (/[.!?…]$/.test(text) ? text : `${text}.`);
const todo = (check: Check, of: Of, otherwise: string) =>
  [sentence(check.onFailure || otherwise), of.owner ? `Ask ${of.owner}.` : ''].filter(Boolean).join(' ');

async function askDatabase(home: MigrationHome, check: Check & { kind: 'sql' }, of: Of): Promise<TaskResult> {
  const database = await findDatabase(home.db, check.database);
  if (!database)
    return {
      kind: 'failed',
      detail: `there is no database ${check.database}`,
      next: 'An administrator registers it in the settings; then try again.',
      retryAfterMs: null,
    };
  const { query, timeoutMs, expect } = check;
  const most = typeof expect === 'object' ? 2 : 1;
  const answered = await ask({ url: database.url, query, timeoutMs, most });
  if (answered.kind === 'busy' || answered.kind === 'unknown')
    return {
      kind: 'wait',
      detail: `${check.name} could not be asked: ${database.name}: ${answered.why}`,
      afterMs: againMs,
      next: `Look whether the database ${database.name} is up. Belay asks again.`,
    };
  if (answered.kind === 'refused') return refused(check, of, database.name, answered);
  const { ok, saw } = held(expect, answered);
  if (ok) return { kind: 'done', detail: `${check.name}: ${saw}` };
  const otherwise = 'Look at what the query finds, put it right, and try again.';
  return {
    kind: 'failed',
    detail: `${check.name} does not hold: ${wanted(expect)}, found ${saw}`,
    next: todo(check, of, otherwise),
    retryAfterMs: recheckMs,
  };
}

function refused(check: Check, of: Of, database: string, answer: { why: string; code: string }): TaskResult {
  const what: Record<string, string> = {
    '25006': 'A check may only read: take the statement that writes out of it.',
    '57014': 'Make the query faster, or give it a longer timeout.',
  };
  const detail =
    answer.code === '25006'
      ? `${check.name} would write, and PostgreSQL refuses that in a check: ${answer.why}`
      : `${check.name} could not be asked: ${database}: ${answer.why}`;
  const next = what[answer.code] ?? 'Look at the query and at what the account may read.';
  return { kind: 'failed', detail, next: [next, todo(check, of, '')].filter(Boolean).join(' '), retryAfterMs: null };
}

function wanted(expect: Expectation): string {
  if (expect === 'no_rows') return 'no row expected';
  if (expect === 'rows') return 'at least one row expected';
  return `${shown(expect.equals)} expected`;
}

/** Of the answer only what is needed is ever there: one row more than would do. */
export function held(
  expect: Expectation,
  { columns, rows }: Answered & { kind: 'rows' },
): { ok: boolean; saw: string } {
  const [first] = rows;
  if (!first) return { ok: expect === 'no_rows', saw: 'no row' };
  const row = columns.map((name, i) => `${name} = ${shown(first[i])}`).join(', ');
  if (expect === 'no_rows') return { ok: false, saw: `at least one: ${cut(row)}` };
  if (expect === 'rows') return { ok: true, saw: 'at least one row' };
  if (rows.length > 1) return { ok: false, saw: 'more than one row' };
  return { ok: same(first[0], expect.equals), saw: cut(shown(first[0])) };
}

/** The driver gives what does not fit a number (bigint, numeric) as text. */
function same(found: unknown, expected: string | number | boolean | null): boolean {
  if (found === null || expected === null) return found === expected;
  if (typeof expected === 'boolean') return found === expected;
  if (typeof expected === 'number')
    return typeof found === 'number' || (typeof found === 'string' && found.trim() !== '')
      ? Number(found) === expected
      : false;
  return plain(found) === expected;
}

const plain = (value: unknown): string =>
  value instanceof Date ? value.toISOString() : typeof value === 'object' ? JSON.stringify(value) : String(value);
const shown = (value: unknown): string => (typeof value === 'string' ? `"${value}"` : plain(value));
const cut = (text: string): string => (text.length > 200 ? `${text.slice(0, 199)}…` : text);

const verdict = z.object({ ok: z.boolean(), detail: z.string().max(2000).optional() });

async function askWebhook(home: MigrationHome, check: Check & { kind: 'webhook' }, of: Of): Promise<TaskResult> {
  const { webhook, body, timeoutMs } = check;
  const about = { check: check.name };
  const sent = await sendTo(home, { webhook, body, timeoutMs, ...of, type: 'belay.check', about }, false);
  if (sent === null) return missing(webhook);
  if (sent.kind !== 'answered') return silent(sent);
  if (sent.status === 202 || passing(sent.status))
    return {
      kind: 'wait',
      detail: sent.status === 202 ? `${check.name} is being checked` : `${check.name}: it answered ${sent.status}`,
      afterMs: sent.retryAfterMs ?? againMs,
    };
  const said = sent.status === 200 ? verdict.safeParse(jsonOf(sent)).data : undefined;
  if (!said)
    return {
      kind: 'failed',
      detail: `${check.name}: what it answered (${sent.status}) is not {"ok": true|false, "detail": "…"}`,
      next: todo(check, of, 'Look at the service that answers.'),
      retryAfterMs: null,
    };
  if (said.ok) return { kind: 'done', detail: `${check.name}: ${said.detail ?? 'the service says that it holds'}` };
  return {
    kind: 'failed',
    detail: `${check.name} does not hold${said.detail ? `: ${said.detail}` : ''}`,
    next: todo(check, of, 'Ask the service what is wrong, put it right, and try again.'),
    retryAfterMs: recheckMs,
  };
}
