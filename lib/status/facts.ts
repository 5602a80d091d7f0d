/** What an update is drafted from: the event that calls for it, and what the rollout, rollback and report around it say. */
import { and, desc, eq, inArray, sql } from 'drizzle-orm';
import { event } from '@/drizzle/schema/event';
import { incident } from '@/drizzle/schema/incident';
import { postmortem, postmortemVersion } from '@/drizzle/schema/postmortem';
import { rollback } from '@/drizzle/schema/rollback';
import { rollout } from '@/drizzle/schema/rollout';
import { formatCount } from '@/lib/chart/format';
import type { Tx } from '@/lib/db';
import type { Seen } from '@/lib/event/follow';
import type { EventKind } from '@/lib/event/model';
import type { Document, Figure } from '@/lib/postmortem/model';
import type { Plan } from '@/lib/rollout/model';
import type { StatusFacts } from './draft-update';
import type { Moment } from './model';

/** Which events are a moment that people are told of. */
export const momentOf: Partial<Record<EventKind, Exclude<Moment, 'written'>>> = {
  'rollout.started': 'started',
  'rollout.widened': 'widened',
  'rollout.held': 'held',
  'rollout.resumed': 'resumed',
  'rollout.rolling_back': 'rolled_back',
  'rollout.cohort_withdrawn': 'partly_rolled_back',
  'rollback.verified': 'return_proven',
  'rollback.unconfirmed': 'return_unconfirmed',
  'rollout.completed': 'finished',
  'postmortem.published': 'published',
  'incident.marked': 'marked',
  'incident.ended': 'ended',
  'drill.failed': 'drill_failed',
};

export const textIn = (data: Record<string, unknown>, key: string): string | null => {
  const value = data[key];
  return typeof value === 'string' ? value : null;
};

/** `at`: as of when, where that is not when it happened. */
export async function gatherFacts(tx: Tx, seen: Seen, at: Date = seen.at): Promise<StatusFacts> {
  const { data } = seen;
  const rollbackId = textIn(data, 'rollbackId');
  const incidentId = textIn(data, 'incidentId');
  const [plan, back, decided, report, marked] = await Promise.all([
    planOf(tx, seen.rolloutId),
    rollbackId === null ? null : rollbackOf(tx, rollbackId),
    rollbackId === null ? null : decidedBy(tx, rollbackId),
    seen.kind === 'postmortem.published' ? reportOf(tx, data) : null,
    incidentId === null ? null : incidentOf(tx, incidentId, at),
  ]);
  return {
    feature: seen.feature ?? '',
    environment: seen.environment ?? '',
    event: { seq: seen.seq, at: at.toISOString(), reason: seen.reason },
    candidate: textIn(data, 'candidate') ?? plan?.candidate ?? null,
    baseline: textIn(data, 'baseline') ?? plan?.baseline ?? null,
    stage: stageIn(data, plan),
    exposure: sharesIn(data.exposure),
    cohorts: seen.kind === 'rollout.completed' ? namesIn(data.withdrawn) : (back?.cohorts ?? namesIn(data.cohorts)),
    measured: verdictIn(data),
    decided,
    incident: marked,
    drill: seen.kind === 'drill.failed' ? { undone: isUndone(data) } : null,
    report,
  };
}

async function incidentOf(tx: Tx, id: string, at: Date): Promise<StatusFacts['incident']> {
  const [row] = await tx.select().from(incident).where(eq(incident.id, id));
  if (!row) return null;
  const minutes = Math.max(0, Math.floor((at.getTime() - row.markedAt.getTime()) / 60_000));
  return { reason: row.reason, by: row.markedBy, minutes };
}

const isUndone = ({ undo }: Record<string, unknown>): boolean =>
  undo !== null && typeof undo === 'object' && (undo as { state?: unknown }).state === 'done';

async function planOf(tx: Tx, rolloutId: string | null): Promise<Plan | null> {
  if (rolloutId === null) return null;
  const [row] = await tx.select({ plan: rollout.plan }).from(rollout).where(eq(rollout.id, rolloutId));
  return row?.plan ?? null;
}

async function rollbackOf(tx: Tx, id: string): Promise<{ cohorts: string[] } | null> {
  const [row] = await tx.select({ cohorts: rollback.cohorts }).from(rollback).where(eq(rollback.id, id));
  return row ?? null;
}

async function decidedBy(tx: Tx, rollbackId: string): Promise<StatusFacts['decided']> {
  const [back] = await tx
    .select({ feature: rollback.featureKey, at: rollback.decidedAt })
    .from(rollback)
    .where(eq(rollback.id, rollbackId));
  if (!back) return null;
  const [row] = await tx
    .select({ seq: event.seq, at: event.at })
    .from(event)
    .where(
      and(
        eq(event.feature, back.feature),
        inArray(event.kind, ['rollout.rolling_back', 'rollout.cohort_withdrawn']),
        sql`${event.data}->>'rollbackId' = ${rollbackId}`,
      ),
    )
    .orderBy(desc(event.seq))
    .limit(1);
  return row ? { seq: row.seq, at: row.at.toISOString() } : null;
}

function stageIn(data: Record<string, unknown>, plan: Plan | null): StatusFacts['stage'] {
  const stage = data.stage as { after?: unknown; name?: unknown } | undefined;
  if (!plan || typeof stage?.name !== 'string' || typeof stage.after !== 'number') return null;
  return { name: stage.name, number: stage.after + 1, of: plan.stages.length };
}

function sharesIn(value: unknown): Record<string, number> {
  if (value === null || typeof value !== 'object') return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, number] => typeof entry[1] === 'number'),
  );
}

const namesIn = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((name): name is string => typeof name === 'string') : [];

const verdictIn = ({ verdict }: Record<string, unknown>): boolean =>
  verdict !== null && typeof verdict === 'object' && (verdict as { kind?: unknown }).kind === 'roll_back';

/** As it was sealed, and only where everybody who sees the page may read it. */
async function reportOf(tx: Tx, data: Record<string, unknown>): Promise<StatusFacts['report']> {
  const id = textIn(data, 'postmortemId');
  const number = data.version;
  if (id === null || typeof number !== 'number') return null;
  const [row] = await tx
    .select({ audience: postmortem.audience, document: postmortemVersion.document })
    .from(postmortemVersion)
    .innerJoin(postmortem, eq(postmortem.id, postmortemVersion.postmortemId))
    .where(and(eq(postmortemVersion.postmortemId, id), eq(postmortemVersion.number, number)));
  if (row?.audience !== 'viewer') return null;
  const document = parsed(row.document);
  if (!document) return null;
  return { title: document.title, impact: document.draft.figures.filter(isTold).slice(0, 4).map(figureWords) };
}

/** Null: it was tampered with, which its own page shows; what else is to be told does not wait for it. */
function parsed(text: string): Document | null {
  try {
    const document = JSON.parse(text) as Document;
    return Array.isArray(document?.draft?.figures) && typeof document.title === 'string' ? document : null;
  } catch {
    return null;
  }
}

/** What it cost, over all cohorts; times and shares are for the report. */
const isTold = ({ id, state, unit, value, inputs }: Figure): boolean =>
  id.startsWith('impact/') &&
  state === 'known' &&
  value !== null &&
  inputs.cohort == null &&
  (unit === 'errors' || unit === 'requests' || unit === 'conversions' || unit === 'users');

function figureWords({ label, value, low, high }: Figure): string {
  const between = low === null || high === null ? '' : ` (${formatCount(low)} to ${formatCount(high)})`;
  return `${label}: ${formatCount(value ?? 0)}${between}.`;
}
