/** What needs attention first, then what runs, then how to begin. */
import Link from 'next/link';
import { holds } from '@/lib/access/authorise';
import { formatDuration } from '@/lib/chart/format';
import { history } from '@/lib/event/event';
import { eventKinds } from '@/lib/event/model';
import { getAutomation } from '@/lib/event/setting';
import { rollbacksOf } from '@/lib/rollback/rollback';
import type { ApprovalView, RolloutView } from '@/lib/rollout/model';
import { listApprovals, listRollouts } from '@/lib/rollout/rollout';
import { freshness, rejections, segments } from '@/lib/signal/signal';
import { pageContext, wiredConfig } from '@/lib/wiring';
import { attempt, valueOr } from '../ui/attempt';
import { EventList } from '../ui/event-list';
import { Panel, StateNote } from '../ui/panel';
import { first, type SearchParams } from '../ui/query';
import { Retry } from '../ui/retry.client';
import { RolloutTable, sparksOf } from '../ui/rollout-table';
import { Attention, type Concern } from './attention';
import { Begin } from './begin';

export const metadata = { title: 'Overview' };

export default async function Overview({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const ctx = await pageContext();
  const { env } = first(await searchParams);
  const place = env ? { environment: env } : {};
  const [found, approvals, automation, refused, events] = await Promise.all([
    attempt(listRollouts(ctx, place)),
    attempt(listApprovals(ctx, { state: 'pending' })),
    attempt(getAutomation(ctx.db)),
    attempt(rejections(ctx, 5)),
    attempt(history(ctx, { ...place, kinds: tellingKinds, limit: 12 })),
  ]);
  const rollouts = valueOr(found, []);
  const active = rollouts.filter((r) => ['running', 'held', 'rolling_back'].includes(r.state));
  const now = ctx.now().getTime();
  const [sparks, fresh, restores] = await Promise.all([
    sparksOf(ctx, active, now),
    Promise.all(active.map((r) => attempt(freshness(ctx.db, { environment: r.environment, feature: r.feature })))),
    Promise.all(
      rollouts
        .filter((r) => r.state === 'rolling_back' || (r.state === 'rolled_back' && recent(r, now)))
        .map(async (r) => ({ rollout: r, rollbacks: valueOr(await attempt(rollbacksOf(ctx, r.id)), []) })),
    ),
  ]);
  const concerns = [
    ...restoreConcerns(restores),
    ...active.flatMap(failing),
    ...valueOr(approvals, [])
      .filter((a) => !env || a.environment === env)
      .map(approvalConcern),
    ...active.flatMap(holding),
    ...active.flatMap((r, i) => stale(r, fresh[i], now)),
    ...refusedConcern(valueOr(refused, []), now),
  ];
  const ended = rollouts.filter((r) => r.state === 'rolled_back' || r.state === 'completed').slice(0, 5);
  const seen = active.length === 0 ? valueOr(await attempt(segments(ctx, place)), []) : [];
  const otlpPort = wiredConfig().OTLP_PORT;
  return (
    <div className="stack">
      <h1 className="visually-hidden">Overview</h1>
      {found.ok ? null : (
        <Panel>
          <StateNote state="error" action={<Retry />}>
            {found.message}
          </StateNote>
        </Panel>
      )}
      <Attention concerns={concerns} automation={valueOr(automation, null)} running={active.length} />
      {active.length > 0 ? (
        <Panel
          title="Under way"
          id="active"
          note={`${active.length} ${active.length === 1 ? 'rollout' : 'rollouts'}`}
          flush
        >
          <RolloutTable
            rollouts={active}
            sparks={sparks}
            operates={holds(ctx.actor, 'operate')}
            label="Rollouts under way"
          />
        </Panel>
      ) : null}
      {active.length === 0 ? <Begin otlpPort={otlpPort} seen={seen} /> : null}
      {ended.length > 0 ? (
        <Panel title="Ended lately" id="ended" actions={<Link href="/rollouts">All rollouts</Link>} flush>
          <RolloutTable rollouts={ended} sparks={null} label="Ended rollouts" />
        </Panel>
      ) : null}
      <Panel title="Latest events" id="events" actions={<Link href="/history">All events</Link>} flush>
        {events.ok ? <EventList events={events.value} linked /> : <StateNote state="error">{events.message}</StateNote>}
      </Panel>
    </div>
  );
}

/** Every look that changes a verdict, and every sign-in, would push what matters off the page. */
const tellingKinds = eventKinds.filter((kind) => kind !== 'verdict.changed' && kind !== 'person.signed_in');
const day = 86_400_000;
function recent(rollout: RolloutView, now: number): boolean {
  return now - Date.parse(rollout.endedAt ?? rollout.updatedAt) < day;
}

function restoreConcerns(
  restores: Array<{ rollout: RolloutView; rollbacks: Array<{ state: string; decidedAt: string }> }>,
): Concern[] {
  return restores.flatMap(({ rollout, rollbacks }): Concern[] => {
    const latest = rollbacks[0];
    if (latest?.state === 'unconfirmed')
      return [{ rank: 0, kind: 'unconfirmed', rollout, at: latest.decidedAt, text: 'The rollback is not confirmed' }];
    if (rollout.state === 'rolling_back')
      return [
        { rank: 1, kind: 'rolling', rollout, at: latest?.decidedAt ?? rollout.updatedAt, text: 'Rolling back now' },
      ];
    return [];
  });
}

function failing(rollout: RolloutView): Concern[] {
  const failed = rollout.verdict?.outcomes.filter((o) => o.outcome === 'fail' && o.kind === 'guardrail') ?? [];
  const [worst] = failed;
  if (!worst) return [];
  const where = worst.cohort ? ` in ${worst.cohort}` : '';
  const more = new Set(failed.map((o) => o.criterion)).size - 1;
  const text = `Guardrail ${worst.criterion} fails${where}${more > 0 ? `, and ${more} more` : ''}`;
  return [{ rank: 2, kind: 'failing', rollout, at: rollout.verdictSince ?? rollout.updatedAt, text }];
}

function approvalConcern(approval: ApprovalView): Concern {
  const text = `Approval to leave ${approval.stageName}, asked for by ${approval.requestedBy}`;
  return {
    rank: 3,
    kind: 'approval',
    rollout: { ...approval, id: approval.rolloutId },
    at: approval.requestedAt,
    text,
  };
}

function holding(rollout: RolloutView): Concern[] {
  if (rollout.state !== 'held') return [];
  return [{ rank: 4, kind: 'held', rollout, at: rollout.updatedAt, text: 'Held until somebody resumes or rolls back' }];
}

function stale(
  rollout: RolloutView,
  fresh: { ok: true; value: { lastAt: Date | null } } | { ok: false } | undefined,
  now: number,
): Concern[] {
  if (!fresh?.ok || rollout.state === 'rolling_back') return [];
  const last = fresh.value.lastAt;
  const began = Date.parse(rollout.startedAt ?? rollout.updatedAt);
  if (last === null)
    return now - began < 60_000
      ? []
      : [
          {
            rank: 5,
            kind: 'stale',
            rollout,
            at: new Date(began).toISOString(),
            text: 'No telemetry has arrived at all',
          },
        ];
  const age = now - last.getTime();
  return age < 90_000
    ? []
    : [{ rank: 5, kind: 'stale', rollout, at: last.toISOString(), text: `No telemetry for ${formatDuration(age)}` }];
}

function refusedConcern(refused: Array<{ at: string; message: string; points: number }>, now: number): Concern[] {
  const [latest] = refused;
  if (!latest || now - Date.parse(latest.at) > 10 * 60_000) return [];
  return [{ rank: 6, kind: 'rejected', rollout: null, at: latest.at, text: `Points are refused: ${latest.message}` }];
}
