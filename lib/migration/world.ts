/** Rows as the pure rules see them, and as people do. */
import type { Block, MigrationView } from './model';
import { applyBlocks, fullName, inOrder, revertBlocks, type Step, type World, waitingFor } from './order';
import type { Placed } from './store';

export function stepOf({ row, home }: Placed): Step {
  const { apply, revert, irreversible, stage } = row.spec;
  return {
    id: row.id,
    rolloutId: row.rolloutId,
    name: row.name,
    kind: row.kind,
    position: row.position,
    stage: row.kind === 'contract' ? null : Math.max(0, stage === null ? 0 : home.stages.indexOf(stage)),
    dependsOn: row.dependsOn,
    state: row.state,
    appliedSeq: row.appliedSeq,
    whole: apply.kind === 'sql',
    reversible: !irreversible && revert !== null,
  };
}

export function worldOf(placed: readonly Placed[]): World {
  return {
    steps: placed.map(stepOf),
    rollouts: new Map(placed.map(({ row, home }) => [row.rolloutId, { state: home.state, stage: home.stage }])),
  };
}

/** Of some rows of a world, in the order in which they go. */
export function viewsOf(all: readonly Placed[], some: (of: Placed) => boolean): MigrationView[] {
  const world = worldOf(all);
  const byId = new Map(all.map((p) => [p.row.id, p]));
  const names = new Map(world.steps.map((s) => [s.id, fullName(s)]));
  return inOrder(world.steps).flatMap((step) => {
    const placed = byId.get(step.id);
    return placed && some(placed) ? [viewOf(placed, step, world, names)] : [];
  });
}

function viewOf({ row, home }: Placed, step: Step, world: World, names: Map<string, string>): MigrationView {
  const { spec } = row;
  return {
    id: row.id,
    rolloutId: row.rolloutId,
    rolloutState: home.state,
    feature: home.feature,
    environment: home.environment,
    name: row.name,
    kind: row.kind,
    owner: row.owner,
    description: spec.description,
    stage: spec.stage,
    dependsOn: row.dependsOn.map((id) => names.get(id) ?? id),
    irreversible: spec.irreversible,
    apply: spec.apply,
    revert: spec.revert,
    check: spec.check,
    state: row.state,
    applied: row.appliedSeq !== null,
    detail: row.detail,
    next: row.next,
    blockedBy: applyBlocks(step, world),
    revertBlockedBy: revertBlocks(step, world),
    blocks: waitingFor(step, world).map(fullName),
    startedAt: row.startedAt?.toISOString() ?? null,
    endedAt: row.endedAt?.toISOString() ?? null,
  };
}

/** For the sentence of a refusal. */
export function saidOf(blocks: readonly Block[]): string {
  return blocks.map(sentence).join('; ');
}

function sentence({ reason, step }: Block): string {
  switch (reason) {
    case 'depends_on':
      return `it needs ${step} first`;
    case 'not_started':
      return 'a later stage needs it: start the rollout first';
    case 'before_graduation':
      return 'it takes away what the version before needs: the rollout must have completed first';
    case 'stands_on':
      return step === null ? 'the candidate is being served and needs it' : `${step} stands on it`;
    case 'rolled_back':
      return 'the rollout has been rolled back';
    case 'running':
      return 'it is under way';
    case 'no_way_back':
      return 'it was declared that there is no way back';
  }
}
