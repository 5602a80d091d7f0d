import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type MigrationState, migrationKinds } from './model';
import {
  applyBlocks,
  backwards,
  inOrder,
  maybeThere,
  neededAt,
  resolve,
  revertBlocks,
  type Step,
  stands,
  type World,
  waitingFor,
} from './order';

const step = (name: string, over: Partial<Step> = {}): Step => ({
  id: `id_${name}`,
  rolloutId: 'rol_a',
  name,
  kind: 'expand',
  position: 0,
  stage: 0,
  dependsOn: [],
  state: 'pending',
  appliedSeq: null,
  whole: true,
  reversible: true,
  ...over,
});
const on = (...names: string[]) => names.map((n) => `id_${n}`);
const applied = (seq: number): Partial<Step> => ({ state: 'applied', appliedSeq: seq });
const world = (steps: Step[], state = 'draft', stage = -1): World => ({
  steps,
  rollouts: new Map([...new Set(steps.map((s) => s.rolloutId))].map((id) => [id, { state, stage }])),
});

describe('what a plan depends on', () => {
  const declare = (...steps: Array<[name: string, ...dependsOn: string[]]>) =>
    steps.map(([name, ...dependsOn]) => ({ name, kind: 'expand' as const, dependsOn }));

  test('is found by its own names and by those of other rollouts', () => {
    const others = [{ ref: 'rol_b/x', dependsOn: [] }];
    expect(resolve('rol_a', declare(['a'], ['b', 'a', 'rol_b/x', 'rol_a/a']), others)).toEqual({
      dependsOn: [[], ['rol_a/a', 'rol_b/x']],
      wrong: [],
    });
    expect(resolve('rol_a', declare(['a', 'nothing', 'rol_b/y']), others).wrong).toEqual([
      { field: 'migrations[0].dependsOn[0]', message: 'there is no step nothing' },
      { field: 'migrations[0].dependsOn[1]', message: 'there is no step rol_b/y' },
    ]);
  });

  test('goes round in no circle, and a circle is named once', () => {
    const wrong = (steps: ReturnType<typeof declare>, others: Array<{ ref: string; dependsOn: string[] }> = []) =>
      resolve('rol_a', steps, others).wrong.map((w) => `${w.field} ${w.message}`);
    expect(wrong(declare(['a', 'a']))).toEqual(['migrations[0].dependsOn[0] makes a circle: a → a']);
    expect(wrong(declare(['x'], ['a', 'x', 'c'], ['b', 'a'], ['c', 'b']))).toEqual([
      'migrations[1].dependsOn[1] makes a circle: a → c → b → a',
    ]);
    const through = [
      { ref: 'rol_b/y', dependsOn: ['rol_b/z'] },
      { ref: 'rol_b/z', dependsOn: ['rol_a/a'] },
    ];
    expect(wrong(declare(['a', 'rol_b/y']), through)).toEqual([
      'migrations[0].dependsOn[0] makes a circle: a → rol_b/y → rol_b/z → a',
    ]);
  });

  test('is no contract of the same plan, unless it is one itself', () => {
    const steps = [
      { name: 'drop', kind: 'contract' as const, dependsOn: [] },
      { name: 'use', kind: 'switch' as const, dependsOn: ['drop'] },
      { name: 'drop-more', kind: 'contract' as const, dependsOn: ['drop'] },
    ];
    expect(resolve('rol_a', steps, []).wrong).toEqual([
      {
        field: 'migrations[1].dependsOn[0]',
        message: 'drop is a contract: it goes only after the rollout has completed',
      },
    ]);
  });
});

describe('what may be applied', () => {
  const reasons = (s: Step, w: World) => applyBlocks(s, w).map((b) => (b.step ? `${b.reason} ${b.step}` : b.reason));

  test.each<[string, Partial<Step>, string, number, string[]]>([
    ['of a draft, what the first stage needs', {}, 'draft', -1, []],
    ['of a draft, what a later stage needs', { stage: 1 }, 'draft', -1, ['not_started']],
    ['of a running rollout, what a later stage needs', { stage: 1 }, 'running', 0, []],
    ['a contract of a running rollout', { kind: 'contract', stage: null }, 'running', 1, ['before_graduation']],
    ['a contract of a completed rollout', { kind: 'contract', stage: null }, 'completed', 1, []],
    ['while it is under way', { state: 'applying' }, 'running', 0, ['running']],
    ['of what is rolled back', {}, 'rolled_back', 0, ['rolled_back']],
    ['of what is being rolled back', {}, 'rolling_back', 0, ['rolled_back']],
    ['what has failed', { state: 'failed' }, 'running', 0, []],
  ])('%s', (_what, over, state, stage, expected) => {
    const s = step('s', over);
    expect(reasons(s, world([s], state, stage))).toEqual(expected);
  });

  test('waits for everything below it, in other rollouts too, and is waited for', () => {
    const below = step('below', { rolloutId: 'rol_b' });
    const s = step('s', { dependsOn: on('below', 'own') });
    const own = step('own', applied(1));
    const w = world([below, s, own]);
    expect(reasons(s, w)).toEqual(['depends_on rol_b/below']);
    expect(waitingFor(below, w).map((x) => x.name)).toEqual(['s']);
    expect(waitingFor(own, w)).toEqual([]);
  });

  test('what a rollback had to leave is there to stand on; what failed is not', () => {
    const s = step('s', { dependsOn: on('below') });
    const below = (over: Partial<Step>) => reasons(s, world([s, step('below', over)]));
    expect(below({ state: 'left', appliedSeq: 3 })).toEqual([]);
    expect(below({ state: 'failed', appliedSeq: 3 })).toEqual(['depends_on rol_a/below']);
  });
});

describe('what may be taken back', () => {
  const reasons = (s: Step, w: World) => revertBlocks(s, w).map((b) => (b.step ? `${b.reason} ${b.step}` : b.reason));

  test('nothing that another stands on, or perhaps stands on', () => {
    const s = step('s', applied(1));
    const over = (o: Partial<Step>) => reasons(s, world([s, step('over', { dependsOn: on('s'), ...o })]));
    expect(over(applied(2))).toEqual(['stands_on rol_a/over']);
    expect(over({ state: 'applying' })).toEqual(['stands_on rol_a/over']);
    expect(over({ state: 'failed', whole: false })).toEqual(['stands_on rol_a/over']);
    expect(over({ state: 'failed', whole: true })).toEqual([]);
    expect(over({ state: 'reverted' })).toEqual([]);
  });

  test('nothing that is being served, and nothing without a way back', () => {
    const s = step('s', applied(1));
    expect(reasons(s, world([s], 'running', 0))).toEqual(['stands_on']);
    expect(reasons(s, world([s], 'completed', 0))).toEqual(['stands_on']);
    expect(reasons(s, world([s], 'rolled_back', 0))).toEqual([]);
    const later = step('later', { ...applied(2), stage: 1 });
    expect(reasons(later, world([later], 'running', 0))).toEqual([]);
    expect(reasons(step('i', { ...applied(1), reversible: false }), world([]))).toEqual(['no_way_back']);
  });
});

test('a stage needs what its steps stand on, whatever stage that names itself', () => {
  const low = step('low', { stage: 2 });
  const high = step('high', { stage: 1, dependsOn: on('low') });
  const last = step('last', { kind: 'contract', stage: null, dependsOn: on('high') });
  expect(Object.fromEntries(neededAt([low, high, last]))).toEqual({ id_low: 1, id_high: 1 });
});

/** Steps of some rollouts that depend on earlier ones only, so that there is no circle, in any order. */
const graph = fc
  .array(
    fc.record({
      kind: fc.constantFrom(...migrationKinds),
      rollout: fc.integer({ min: 0, max: 2 }),
      on: fc.array(fc.nat(), { maxLength: 3 }),
      reversible: fc.boolean(),
    }),
    { minLength: 1, maxLength: 12 },
  )
  .chain((nodes) =>
    fc.shuffledSubarray(
      nodes.map((n, i) =>
        step(String(i), {
          rolloutId: `rol_${n.rollout}`,
          kind: n.kind,
          stage: n.kind === 'contract' ? null : 0,
          position: i,
          reversible: n.reversible,
          dependsOn: i === 0 ? [] : [...new Set(n.on.map((m) => `id_${m % i}`))],
        }),
      ),
      { minLength: nodes.length, maxLength: nodes.length },
    ),
  );

describe('whatever depends on whatever', () => {
  test('the order has everything once, after all that it depends on', () => {
    fc.assert(
      fc.property(graph, (steps) => {
        const order = inOrder(steps).map((s) => s.id);
        expect(order.toSorted()).toEqual(steps.map((s) => s.id).toSorted());
        for (const s of steps)
          for (const id of s.dependsOn) expect(order.indexOf(id)).toBeLessThan(order.indexOf(s.id));
      }),
    );
  });

  /** Applies in the order of the script whatever may be, as people would. */
  const play = (steps: Step[], script: number[], state: string) => {
    let now = steps;
    let seq = 0;
    for (const n of script) {
      const s = now[n % now.length];
      if (!s || stands(s) || applyBlocks(s, world(now, state)).length > 0) continue;
      seq += 1;
      now = now.map((x) => (x.id === s.id ? { ...x, state: 'applied' as MigrationState, appliedSeq: seq } : x));
    }
    return now;
  };

  test('what went one after the other may come back in the opposite order, one after the other', () => {
    fc.assert(
      fc.property(graph, fc.array(fc.nat(), { maxLength: 60 }), (steps, script) => {
        let now = play(
          steps.map((s) => ({ ...s, reversible: true })),
          script,
          'completed',
        );
        const back = backwards(now);
        expect(back.map((s) => s.appliedSeq)).toEqual(back.map((s) => s.appliedSeq ?? 0).toSorted((a, b) => b - a));
        for (const { id } of back) {
          const s = now.find((x) => x.id === id) as Step;
          expect(revertBlocks(s, world(now, 'rolled_back'))).toEqual([]);
          now = now.map((x) => (x.id === id ? { ...x, state: 'reverted' as MigrationState, appliedSeq: null } : x));
        }
        expect(now.filter(maybeThere)).toEqual([]);
      }),
    );
  });

  test('no contract goes before its rollout has completed, and nothing goes once it was rolled back', () => {
    fc.assert(
      fc.property(
        graph,
        fc.array(fc.nat(), { maxLength: 60 }),
        fc.constantFrom('draft', 'running', 'held', 'rolling_back', 'rolled_back'),
        (steps, script, state) => {
          const there = play(steps, script, state).filter(stands);
          expect(there.filter((s) => s.kind === 'contract')).toEqual([]);
          if (state.startsWith('roll')) expect(there).toEqual([]);
        },
      ),
    );
  });

  test('some step may always go, until all of a completed rollout are there', () => {
    fc.assert(
      fc.property(graph, fc.array(fc.nat(), { maxLength: 60 }), (steps, script) => {
        const now = play(steps, script, 'completed');
        const open = now.filter((s) => !stands(s));
        const w = world(now, 'completed');
        if (open.length > 0) expect(open.some((s) => applyBlocks(s, w).length === 0)).toBe(true);
      }),
    );
  });
});
