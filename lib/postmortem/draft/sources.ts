/** What a source may name, and whether it is there. Pure; safe in a browser. */
import type { Facts } from '../facts';
import type { Figure, Milestone, Source } from '../model';
import { sourceKey } from '../source-model';

/** `plan`, `decision/dec_…`, `snapshot/snp_…`, `measured/errors`, `finding/0`: pieces of the frozen evidence. */
export function evidenceIds(facts: Facts): Set<string> {
  const pieces = ['plan', 'rollout', 'rollback', 'run', 'comparison', 'lastDrill', 'objectives'] as const;
  return new Set([
    'stretch',
    ...pieces.filter((piece) => facts[piece] !== null),
    ...facts.decisions.map(({ id }) => `decision/${id}`),
    ...facts.snapshots.map(({ id }) => `snapshot/${id}`),
    ...facts.measured.map(({ criterion }) => `measured/${criterion.name}`),
    ...facts.findings.map((_, i) => `finding/${i}`),
    ...facts.deployments.map((_, i) => `deployment/${i}`),
    ...facts.missing.map((_, i) => `missing/${i}`),
  ]);
}

/** Which of the sources lead nowhere. */
export function dangling(sources: readonly Source[], facts: Facts, figures: readonly Figure[]): Source[] {
  const events = new Set(facts.events.map(({ seq }) => seq));
  const evidence = evidenceIds(facts);
  const known = new Set(figures.map(({ id }) => id));
  return sources.filter((source) => {
    if (source.kind === 'event') return !events.has(source.seq);
    return source.kind === 'figure' ? !known.has(source.id) : !evidence.has(source.id);
  });
}

export const event = (seq: number): Source => ({ kind: 'event', seq });
export const figure = (id: string): Source => ({ kind: 'figure', id });
export const evidence = (id: string): Source => ({ kind: 'evidence', id });

/** Of several moments, each source once. */
export const both = (...milestones: Array<Milestone | null>): Source[] => {
  const all = milestones.flatMap((m) => m?.sources ?? []);
  return [...new Map(all.map((source) => [sourceKey(source), source])).values()];
};
