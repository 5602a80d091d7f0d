/** What a report cites, each with a short name, what it is and its hash where it has one. Pure. */
import type { EventView } from '@/lib/event/model';
import { figureValue } from '../draft/draft';
import { plain } from '../draft/sentence';
import type { Facts } from '../facts';
import type { Figure, Source } from '../model';
import { sourceKey } from '../source-model';

export type CitedSource = {
  /** `e123`, `f:impact/errors`, `x:rollback`, `x2` */
  ref: string;
  source: Source;
  title: string;
  at: string | null;
  /** of an event in the chain, of a snapshot's state; null: the evidence as a whole is hashed */
  hash: string | null;
};

/** A name that needs no escaping anywhere is used as it is; any other gets a number. */
const simple = { figure: /^[a-z0-9][a-z0-9/_-]{0,47}$/i, evidence: /^[a-z]{1,24}$/i };

export function sourcesOf(cited: readonly Source[], figures: readonly Figure[], facts: Facts | null): CitedSource[] {
  const unique = new Map(cited.map((source) => [sourceKey(source), source]));
  const order = { event: 0, figure: 1, evidence: 2 };
  const events = new Map((facts?.events ?? []).map((event) => [event.seq, event]));
  const numbers = { figure: 0, evidence: 0 };
  const rank = new Map(figures.map(({ id }, i) => [id, i]));
  return [...unique.values()]
    .sort((a, b) => order[a.kind] - order[b.kind] || within(a, b, rank))
    .map((source): CitedSource => {
      if (source.kind === 'event') return eventOf(source, events.get(source.seq));
      const letter = source.kind === 'figure' ? 'f' : 'x';
      const ref = simple[source.kind].test(source.id) ? `${letter}:${source.id}` : `${letter}${++numbers[source.kind]}`;
      if (source.kind === 'figure') {
        const figure = figures.find(({ id }) => id === source.id);
        const title = figure ? `${figure.label}: ${figureValue(figure)}` : 'No such figure';
        return { ref, source, title: plain(title), at: null, hash: null };
      }
      return { ref, source, ...pieceOf(source.id, facts) };
    });
}

function within(a: Source, b: Source, rank: Map<string, number>): number {
  if (a.kind === 'event' && b.kind === 'event') return a.seq - b.seq;
  if (a.kind === 'figure' && b.kind === 'figure') return (rank.get(a.id) ?? 0) - (rank.get(b.id) ?? 0);
  return 0;
}

export const refOf = (source: Source, cited: readonly CitedSource[]): string =>
  source.kind === 'event'
    ? `e${source.seq}`
    : (cited.find((c) => c.source.kind === source.kind && 'id' in c.source && c.source.id === source.id)?.ref ??
      'unlisted');

function eventOf(source: Source & { kind: 'event' }, event: EventView | undefined): CitedSource {
  return {
    ref: `e${source.seq}`,
    source,
    title: event
      ? plain(`${event.kind}, ${event.actor.name}: ${event.reason}`, 300)
      : 'Not among the events that were kept',
    at: event?.at ?? null,
    hash: event?.hash ?? null,
  };
}

type Piece = Pick<CitedSource, 'title' | 'at' | 'hash'>;
const titles: Record<string, string> = {
  stretch: 'Everything that was recorded in the stretch that is told of',
  plan: 'The plan of the rollout, as it was',
  rollout: 'The rollout, as it was',
  rollback: 'The rollback with its steps, as it was',
  run: 'The run of the drill, as it was',
  comparison: 'The known-good state against the one that was taken back',
  lastDrill: 'The last proven rehearsal of the feature',
  objectives: 'The objectives of the feature’s drill',
};

function pieceOf(id: string, facts: Facts | null): Piece {
  const at = (title: string, when: string | null = null, hash: string | null = null): Piece => ({
    title: plain(title, 300),
    at: when,
    hash,
  });
  const title = titles[id];
  if (title !== undefined) return at(title);
  const slash = id.indexOf('/');
  const [kind, name] = [id.slice(0, slash), id.slice(slash + 1)];
  if (kind === 'decision') {
    const decision = facts?.decisions.find((d) => d.id === name);
    if (decision) return at(`Decision ${name}, ${decision.actor.name}: ${decision.reason}`, decision.at);
  }
  if (kind === 'snapshot') {
    const snapshot = facts?.snapshots.find((s) => s.id === name);
    if (snapshot) return at(`Snapshot ${name}`, snapshot.takenAt, snapshot.digest);
  }
  if (kind === 'measured') return at(`What was counted for “${plain(name, 120)}”, cell by cell`);
  if (kind === 'finding') {
    const finding = facts?.findings[Number(name)];
    if (finding) return at(`Finding in the telemetry: ${finding.detail}`, finding.firstAt);
  }
  if (kind === 'deployment') {
    const seen = facts?.deployments[Number(name)];
    if (seen) return at(`Telemetry shows ${seen.attribute} ${seen.value} for the first time`, seen.at);
  }
  if (kind === 'missing') return at(`What is missing: ${facts?.missing[Number(name)] ?? ''}`);
  return at(`A piece of the evidence: ${id}`);
}
