import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BelayError } from '@/lib/errors';
import { type Action, type RolloutState, rolloutStates } from './model';
import { nextState, transition } from './transition';

const kinds = ['start', 'widen', 'hold', 'resume', 'roll_back', 'withdraw', 'confirm_rolled_back', 'complete'] as const;

// The specification: what is not here is a conflict.
const allowed: Array<[RolloutState, Action['kind'], RolloutState]> = [
  ['draft', 'start', 'running'],
  ['running', 'widen', 'running'],
  ['running', 'hold', 'held'],
  ['running', 'roll_back', 'rolling_back'],
  ['running', 'withdraw', 'running'],
  ['running', 'complete', 'completed'],
  ['held', 'resume', 'running'],
  ['held', 'roll_back', 'rolling_back'],
  ['held', 'withdraw', 'held'],
  ['held', 'complete', 'completed'],
  ['rolling_back', 'confirm_rolled_back', 'rolled_back'],
];

const actionOf = (kind: Action['kind'], stage: number): Action =>
  kind === 'widen'
    ? { kind, toStage: stage + 1 }
    : kind === 'hold'
      ? { kind, reason: 'held_by_person' }
      : ({ kind } as Action);

describe('the table of a rollout', () => {
  for (const state of rolloutStates)
    for (const kind of kinds) {
      const to = allowed.find(([s, k]) => s === state && k === kind)?.[2] ?? null;
      it(`${state} + ${kind} → ${to ?? 'conflict'}`, () => {
        expect(nextState(state, kind)).toBe(to);
        const run = () => transition({ state, stage: 0 }, actionOf(kind, 0), 3);
        if (to === null) expect(run).toThrow(BelayError);
        else expect(run().state).toBe(to);
      });
    }

  it('starts at the first stage and widens one at a time, never past the last', () => {
    expect(transition({ state: 'draft', stage: -1 }, { kind: 'start' }, 2)).toEqual({ state: 'running', stage: 0 });
    expect(transition({ state: 'running', stage: 0 }, { kind: 'widen', toStage: 1 }, 2).stage).toBe(1);
    expect(() => transition({ state: 'running', stage: 0 }, { kind: 'widen', toStage: 2 }, 3)).toThrow('one stage');
    expect(() => transition({ state: 'running', stage: 1 }, { kind: 'widen', toStage: 1 }, 3)).toThrow(BelayError);
    expect(() => transition({ state: 'running', stage: 1 }, { kind: 'widen', toStage: 2 }, 2)).toThrow('last');
  });

  it('is held anew by nobody but Belay, to ask before it rolls back', () => {
    const held = { state: 'held', stage: 1 } as const;
    expect(transition(held, { kind: 'hold', reason: 'rollback_cap' }, 3)).toEqual(held);
    expect(() => transition(held, { kind: 'hold', reason: 'guardrail_failed' }, 3)).toThrow(BelayError);
    for (const state of ['draft', 'rolling_back', 'rolled_back', 'completed'] as const)
      expect(() => transition({ state, stage: 1 }, { kind: 'hold', reason: 'rollback_cap' }, 3)).toThrow(BelayError);
  });

  it('whatever is tried in whatever order: ends stay ends, stages never go back, and nothing exposes again after a rollback', () => {
    const step = fc.constantFrom(...kinds);
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), fc.integer({ min: 1, max: 5 }), (tries, stages) => {
        let at: { state: RolloutState; stage: number } = { state: 'draft', stage: -1 };
        let retreated = false;
        for (const kind of tries) {
          const before = at;
          try {
            at = transition(at, actionOf(kind, at.stage), stages);
          } catch {
            continue;
          }
          expect(['rolled_back', 'completed']).not.toContain(before.state);
          expect(at.stage).toBeGreaterThanOrEqual(before.stage);
          expect(at.stage).toBeLessThan(stages);
          retreated ||= at.state === 'rolling_back';
          if (retreated) expect(['rolling_back', 'rolled_back']).toContain(at.state);
        }
      }),
    );
  });
});
