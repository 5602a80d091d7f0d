/**
 * Which step may go when: what depends on what, over all rollouts, and every reason why not. Pure.
 *
 * A step goes after everything that it depends on, and comes back before it: nothing is taken away from under what
 * stands on it. A contract removes what the version before still needs, so it goes only once its rollout has completed.
 */
import type { FieldError } from '@/lib/errors';
import { type Block, type MigrationKind, type MigrationState, migrationKinds } from './model';

export type Step = {
  id: string;
  rolloutId: string;
  name: string;
  kind: MigrationKind;
  position: number;
  /** index of the stage that it names, 0 where it names none; null: a contract, which no stage waits for */
  stage: number | null;
  /** ids */
  dependsOn: readonly string[];
  state: MigrationState;
  /** when it went, in the order of all; null: it has not, or it was taken back, or nobody knows yet */
  appliedSeq: number | null;
  /** a failed try leaves nothing behind, as a transaction does */
  whole: boolean;
  /** there is a way back */
  reversible: boolean;
};
/** Where the rollouts of the steps stand. `draft` is stage -1. */
export type Standing = ReadonlyMap<string, { state: string; stage: number }>;
export type World = { steps: readonly Step[]; rollouts: Standing };

export const fullName = (step: Pick<Step, 'rolloutId' | 'name'>): string => `${step.rolloutId}/${step.name}`;

/** In place for certain: others may stand on it. What a rollback had to leave is. */
export function stands(step: Step): boolean {
  return step.state === 'applied' || (step.state === 'left' && step.appliedSeq !== null);
}

/** In place, or perhaps so: whoever goes back has to take it back. */
export function maybeThere(step: Step): boolean {
  if (step.appliedSeq !== null) return true;
  if (step.state === 'applying' || step.state === 'reverting') return true;
  return step.state === 'failed' && !step.whole;
}

const underWay = (step: Step) => step.state === 'applying' || step.state === 'reverting';

/** The first stage that needs each step, itself or through what depends on it there. Contracts are in none. */
export function neededAt(steps: readonly Step[]): Map<string, number> {
  const needed = new Map<string, number>();
  const byId = new Map(steps.map((s) => [s.id, s]));
  const need = (step: Step, stage: number) => {
    if ((needed.get(step.id) ?? Number.POSITIVE_INFINITY) <= stage) return;
    needed.set(step.id, stage);
    for (const id of step.dependsOn) {
      const under = byId.get(id);
      if (under && under.rolloutId === step.rolloutId) need(under, stage);
    }
  };
  for (const step of steps) if (step.stage !== null) need(step, step.stage);
  return needed;
}

/** What keeps it from being applied now; empty: nothing, or it is applied. */
export function applyBlocks(step: Step, { steps, rollouts }: World): Block[] {
  if (stands(step)) return [];
  const at = rollouts.get(step.rolloutId);
  if (at?.state === 'rolling_back' || at?.state === 'rolled_back') return [{ reason: 'rolled_back', step: null }];
  if (underWay(step)) return [{ reason: 'running', step: null }];
  const blocks: Block[] = [];
  if (step.kind === 'contract' && at?.state !== 'completed') blocks.push({ reason: 'before_graduation', step: null });
  const own = steps.filter((s) => s.rolloutId === step.rolloutId);
  if (at?.state === 'draft' && (neededAt(own).get(step.id) ?? 0) > 0)
    blocks.push({ reason: 'not_started', step: null });
  for (const under of steps)
    if (step.dependsOn.includes(under.id) && !stands(under))
      blocks.push({ reason: 'depends_on', step: fullName(under) });
  return blocks;
}

/** What keeps it from being taken back now, by a person or by a rollback. Empty too where there is nothing to take. */
export function revertBlocks(step: Step, world: World): Block[] {
  if (!maybeThere(step)) return [];
  if (underWay(step)) return [{ reason: 'running', step: null }];
  const blocks: Block[] = [];
  if (!step.reversible) blocks.push({ reason: 'no_way_back', step: null });
  if (servedNeeds(step, world)) blocks.push({ reason: 'stands_on', step: null });
  return [...blocks, ...standingOn(step, world).map((over): Block => ({ reason: 'stands_on', step: fullName(over) }))];
}

/** The candidate is served to somebody who needs it. */
function servedNeeds(step: Step, { steps, rollouts }: World): boolean {
  const at = rollouts.get(step.rolloutId);
  const needed = neededAt(steps.filter((s) => s.rolloutId === step.rolloutId)).get(step.id);
  if (!at || needed === undefined) return false;
  if (at.state === 'completed') return true;
  return (at.state === 'running' || at.state === 'held') && needed <= at.stage;
}

/** What depends on it and is in place, or perhaps so. */
export function standingOn(step: Step, { steps }: World): Step[] {
  return steps.filter((over) => over.dependsOn.includes(step.id) && maybeThere(over));
}

/** What waits for it. */
export function waitingFor(step: Step, { steps }: World): Step[] {
  return stands(step) ? [] : steps.filter((over) => over.dependsOn.includes(step.id) && !stands(over));
}

const kindIndex = (step: Step) => migrationKinds.indexOf(step.kind);

/** Everything after what it depends on; of what could go next: by kind, then as the plans have it. */
export function inOrder(steps: readonly Step[]): Step[] {
  const ids = new Set(steps.map((s) => s.id));
  const gone = new Set<string>();
  const rest = [...steps].sort(
    (a, b) => kindIndex(a) - kindIndex(b) || a.position - b.position || (fullName(a) < fullName(b) ? -1 : 1),
  );
  const order: Step[] = [];
  while (rest.length > 0) {
    const next = rest.findIndex((s) => s.dependsOn.every((id) => gone.has(id) || !ids.has(id)));
    // A circle is refused when it is declared; were there one, what is left comes as it stands.
    const [step] = rest.splice(Math.max(next, 0), 1);
    if (!step) break;
    gone.add(step.id);
    order.push(step);
  }
  return order;
}

/** How a rollback goes: what is under way first, then what went last. Steps that are not there are in none. */
export function backwards(steps: readonly Step[]): Step[] {
  const back = inOrder(steps.filter(maybeThere)).reverse();
  const seq = (s: Step) => s.appliedSeq ?? Number.POSITIVE_INFINITY;
  return back
    .map((step, i) => ({ step, i }))
    .sort((a, b) => (seq(a.step) === seq(b.step) ? a.i - b.i : seq(b.step) - seq(a.step)))
    .map(({ step }) => step);
}

export type Declared = { name: string; kind: MigrationKind; dependsOn: readonly string[] };
/** A step of another rollout, by its full name. */
export type Other = { ref: string; dependsOn: readonly string[] };

/**
 * What the steps of a plan depend on, as full names. Own steps may be named by their name alone.
 * @returns one complaint for each thing that is not there, waits for graduation, or goes round in a circle
 */
export function resolve(
  rolloutId: string,
  declared: readonly Declared[],
  others: readonly Other[],
): { dependsOn: string[][]; wrong: FieldError[] } {
  const wrong: FieldError[] = [];
  const own = new Map(declared.map((d) => [`${rolloutId}/${d.name}`, d]));
  const known = new Set([...own.keys(), ...others.map((o) => o.ref)]);
  const dependsOn = declared.map((d, i) => {
    const refs = d.dependsOn.map((given) => (given.includes('/') ? given : `${rolloutId}/${given}`));
    refs.forEach((ref, j) => {
      const say = (message: string) => wrong.push({ field: `migrations[${i}].dependsOn[${j}]`, message });
      if (!known.has(ref)) say(`there is no step ${d.dependsOn[j]}`);
      else if (own.get(ref)?.kind === 'contract' && d.kind !== 'contract')
        say(`${own.get(ref)?.name} is a contract: it goes only after the rollout has completed`);
    });
    return [...new Set(refs)];
  });
  const edges = new Map<string, readonly string[]>(others.map((o) => [o.ref, o.dependsOn]));
  declared.forEach((d, i) => {
    edges.set(`${rolloutId}/${d.name}`, dependsOn[i] ?? []);
  });
  return { dependsOn, wrong: [...wrong, ...circles(rolloutId, declared, edges)] };
}

function circles(
  rolloutId: string,
  declared: readonly Declared[],
  edges: ReadonlyMap<string, readonly string[]>,
): FieldError[] {
  const wrong: FieldError[] = [];
  const said = new Set<string>();
  const short = (ref: string) => (ref.startsWith(`${rolloutId}/`) ? ref.slice(rolloutId.length + 1) : ref);
  declared.forEach((d, i) => {
    const start = `${rolloutId}/${d.name}`;
    d.dependsOn.forEach((given, j) => {
      const back = way(given.includes('/') ? given : `${rolloutId}/${given}`, start, edges);
      if (!back) return;
      const members = [...back].sort().join(' ');
      if (said.has(members)) return;
      said.add(members);
      const circle = [start, ...back].map(short).join(' → ');
      wrong.push({ field: `migrations[${i}].dependsOn[${j}]`, message: `makes a circle: ${circle}` });
    });
  });
  return wrong;
}

/** The shortest way along dependencies, both ends included. */
function way(from: string, to: string, edges: ReadonlyMap<string, readonly string[]>): string[] | null {
  const cameFrom = new Map<string, string | null>([[from, null]]);
  for (const at of cameFrom.keys()) {
    if (at === to) {
      const path: string[] = [];
      for (let back: string | null = at; back !== null; back = cameFrom.get(back) ?? null) path.unshift(back);
      return path;
    }
    for (const next of edges.get(at) ?? []) if (!cameFrom.has(next)) cameFrom.set(next, at);
  }
  return null;
}
