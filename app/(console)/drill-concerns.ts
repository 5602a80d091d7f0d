/** Drills and incidents that need somebody, each as one line. Pure. */
import { standingOf } from '@/app/ui/drill/words';
import { short } from '@/app/ui/text/name';
import type { DrillView, RunView } from '@/lib/drill/model';
import type { Incident } from '@/lib/incident/model';
import type { RolloutView } from '@/lib/rollout/model';
import type { Concern } from './concerns';

export const about = ({ feature, environment }: { feature: string; environment: string }) => ({ feature, environment });
export const sentenceEnd = (text: string) => text.replace(/\.$/, '');

/** One line a drill: a run that asks, else one that is owed, else how the last one went. */
export function drillConcern(d: DrillView, { asking, mine }: { asking: RunView[]; mine: string[] }): Concern[] {
  const { lastRun, overdueSince, unprovenSince } = d;
  const standing = standingOf(d);
  const name = short(d.name);
  const page = { href: `/drills/${d.id}`, about: about(d) };
  if (standing === 'waits' && lastRun) {
    const run = asking.find((r) => r.id === lastRun.id);
    const at = run?.decision.askedAt ?? run?.startedAt ?? d.updatedAt;
    const kind = mine.includes(lastRun.id) ? 'drill_person' : 'drill_asks';
    const text = `The drill ${name} asks ${kind === 'drill_person' ? 'you' : 'somebody else'} what to do`;
    return [{ ...page, kind, href: `/drills/runs/${lastRun.id}`, at, text, next: 'Its clock runs.' }];
  }
  if (standing === 'running') return [];
  if (overdueSince)
    return [
      { ...page, kind: 'drill_overdue', at: overdueSince, text: `The drill ${name} should have begun`, next: '' },
    ];
  if (lastRun?.state !== 'failed' && unprovenSince) {
    const text = `The drill ${name} was to be proven by now, and never was`;
    return [{ ...page, kind: 'drill_overdue', at: unprovenSince, text, next: 'Start it, or give it more time.' }];
  }
  if (lastRun?.state !== 'failed') return [];
  const run = { href: `/drills/runs/${lastRun.id}`, at: lastRun.endedAt ?? d.updatedAt };
  const next = 'What it left open is on its page; run it again once that is mended.';
  return [{ ...page, ...run, kind: 'drill_failed', text: `The drill ${name} failed`, next }];
}

export function incidentConcern(i: Incident): Concern {
  return {
    kind: 'incident',
    href: `/features/${encodeURIComponent(i.feature)}#incidents`,
    about: about(i),
    at: i.at,
    text: `An incident is marked by ${short(i.by)}: ${sentenceEnd(i.reason)}`,
    next: 'No drill runs there until somebody ends it.',
  };
}

/** The stage ahead asks for a proof that is too old, or was never there; leads to what would bring it. */
export function unrehearsed(rollout: RolloutView, drills: DrillView[]): Concern[] {
  if (rollout.state !== 'running' && rollout.state !== 'held') return [];
  const item = rollout.verdict?.gate.find((g) => g.reason === 'drill_stale' && !g.met);
  if (!item) return [];
  const own = drills.find((d) => d.feature === rollout.feature && d.environment === rollout.environment);
  const stage = typeof item.detail.stage === 'string' ? `The stage ${short(item.detail.stage)}` : 'The next stage';
  const within = typeof item.detail.within === 'string' ? ` within ${item.detail.within}` : '';
  return [
    {
      kind: 'drill_gate',
      href: own ? `/drills/${own.id}` : `/drills/new?feature=${encodeURIComponent(rollout.feature)}`,
      about: about(rollout),
      at: rollout.verdictSince ?? rollout.updatedAt,
      text: `${stage} waits for a drill that is proven${within}`,
      next: own ? 'Start it now.' : 'There is none yet: plan one.',
    },
  ];
}
