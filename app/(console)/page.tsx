/** What needs attention first, then what runs, then how to begin. */
import Link from 'next/link';
import { EventList } from '@/app/ui/event/list';
import { attempt, valueOr } from '@/app/ui/page/attempt';
import { Panel, StateNote } from '@/app/ui/page/panel';
import { first, type SearchParams } from '@/app/ui/page/query';
import { Retry } from '@/app/ui/page/retry.client';
import { RolloutTable, sparksOf } from '@/app/ui/rollout/table';
import { holds } from '@/lib/access/authorise';
import { history } from '@/lib/event/event';
import { eventKinds } from '@/lib/event/model';
import { getAutomation } from '@/lib/event/setting';
import { listRollouts } from '@/lib/rollout/rollout';
import { segments } from '@/lib/signal/signal';
import { pageContext, wiredConfig } from '@/lib/wiring';
import { Attention } from './attention';
import { Begin } from './begin';
import { gatherConcerns } from './gather-concerns';

export const metadata = { title: 'Overview' };

export default async function Overview({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const ctx = await pageContext();
  const { env } = first(await searchParams);
  const place = env ? { environment: env } : {};
  const [found, automation, events] = await Promise.all([
    attempt(listRollouts(ctx, place)),
    attempt(getAutomation(ctx.db)),
    attempt(history(ctx, { ...place, kinds: tellingKinds, limit: 12 })),
  ]);
  const rollouts = valueOr(found, []);
  const active = rollouts.filter((r) => ['running', 'held', 'rolling_back'].includes(r.state));
  const [sparks, concerns] = await Promise.all([
    sparksOf(ctx, active, ctx.now().getTime()),
    gatherConcerns(ctx, active, env),
  ]);
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
      <Attention
        concerns={concerns}
        automation={valueOr(automation, null)}
        running={active.length}
        operates={holds(ctx.actor, 'operate')}
      />
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
