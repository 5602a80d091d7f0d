/** What a person may order, and what it would change. */
import { describe, expect, it } from 'vitest';
import { ago, now, outcome, plan } from '@/e2e/design-plan';
import type { BelayError } from '@/lib/errors';
import type { Verdict } from './model';
import { actionOf, needsApprover, previewOf, refusal, type Standing } from './verb';

/** At the stage `beta`: internal 90 %, beta 25 %. */
const standing: Standing = {
  state: 'running',
  stage: 1,
  plan,
  verdict: null,
  approved: false,
  unapplied: [],
  drill: { lastProven: null, now },
  featureBaseline: 'control',
  switchable: true,
  withdrawn: [],
  known: new Set(['*', 'internal', 'beta', 'eu']),
};
const back = (...cohorts: string[]) => ({ verb: 'roll-back' as const, cohorts });
const faults = (error: BelayError | null) => error && [error.code, ...error.fields.map((f) => f.field)];

describe('roll-back with cohorts', () => {
  it('takes back these, and all where nobody else has the candidate', () => {
    expect(actionOf(back('beta', 'beta'), standing)).toEqual({ kind: 'withdraw', cohorts: ['beta'] });
    expect(actionOf(back(), standing)).toEqual({ kind: 'roll_back' });
    expect(actionOf(back('beta', 'internal'), standing)).toEqual({ kind: 'roll_back' });
    expect(actionOf(back('internal'), { ...standing, withdrawn: ['beta'] })).toEqual({ kind: 'roll_back' });
    expect(actionOf(back('internal'), { ...standing, stage: 0 })).toEqual({ kind: 'roll_back' });
  });

  it.each<[string, Partial<Standing>, Parameters<typeof refusal>[1], unknown]>([
    ['running', {}, back('beta'), null],
    ['held', { state: 'held' }, back('beta'), null],
    ['a draft', { state: 'draft', stage: -1 }, back('beta'), ['conflict']],
    ['ended', { state: 'rolled_back' }, back('beta'), ['conflict']],
    ['a deployment', { switchable: false }, back('beta'), ['conflict']],
    ['a cohort that nobody declared', {}, back('beta', 'moon'), ['bad_input', 'cohorts[1]']],
    ['everybody by name', {}, back('*'), ['bad_input', 'cohorts[0]']],
    ['taken back already', { withdrawn: ['beta'] }, back('beta'), ['bad_input', 'cohorts[0]']],
    ['another verb', {}, { verb: 'widen', cohorts: ['beta'] }, ['bad_input', 'cohorts']],
    ['giving a cohort back', { withdrawn: ['beta'] }, { verb: 'resume', cohorts: ['beta'] }, ['bad_input', 'cohorts']],
  ])('%s', (_what, over, order, expected) => {
    expect(faults(refusal({ ...standing, ...over }, order))).toEqual(expected);
  });

  it('shows what changes for whom, also for those that the plan does not name', () => {
    const everyone = { ...standing, stage: 2 };
    expect(previewOf(everyone, back('eu'))).toMatchObject({
      possible: true,
      cohorts: ['eu'],
      state: { before: 'running', after: 'running' },
      stage: { before: 2, after: 2 },
      exposure: [
        { cohort: 'internal', before: 90, after: 90 },
        { cohort: 'beta', before: 90, after: 90 },
        { cohort: '*', before: 90, after: 90 },
        { cohort: 'eu', before: 90, after: 0 },
      ],
    });
    expect(previewOf(everyone, back('moon'))).toMatchObject({ possible: false, cohorts: [] });
    const later = previewOf({ ...everyone, approved: true, withdrawn: ['eu'] }, { verb: 'complete', cohorts: [] });
    expect(later.exposure.find((e) => e.cohort === 'eu')).toEqual({ cohort: 'eu', before: 0, after: 0 });
    expect(previewOf(standing, back('internal', 'beta'))).toMatchObject({
      cohorts: [],
      state: { after: 'rolling_back' },
    });
  });
});

it('going on past a failing guardrail is for approvers; one that fails where it was taken back is past', () => {
  const verdict = { outcomes: [outcome('errors', 'fail', 'eu')] } as unknown as Verdict;
  const widen = { kind: 'widen', toStage: 2 } as const;
  expect(needsApprover({ ...standing, verdict }, widen)).toBe(true);
  expect(needsApprover({ ...standing, verdict, withdrawn: ['eu'] }, widen)).toBe(false);
  expect(needsApprover({ ...standing, verdict, withdrawn: ['beta'] }, widen)).toBe(true);
});

describe('what a stage stands on', () => {
  const unapplied = [
    { name: 'a', stage: 0 },
    { name: 'b', stage: 2 },
  ];
  it.each<[string, Partial<Standing>, Parameters<typeof refusal>[1]['verb'], string[] | null]>([
    ['is there before the start', { state: 'draft', stage: -1, unapplied }, 'start', ['a']],
    ['is there before the next stage', { stage: 1, unapplied, approved: true }, 'widen', ['a', 'b']],
    ['is not asked of a later stage', { stage: 0, unapplied: unapplied.slice(1) }, 'widen', null],
    ['is there before it completes', { stage: 0, unapplied: unapplied.slice(1), approved: true }, 'complete', ['b']],
    ['is not asked of who holds', { unapplied }, 'hold', null],
    ['is not asked of who goes back', { unapplied }, 'roll-back', null],
  ])('%s', (_what, over, verb, names) => {
    const refused = refusal({ ...standing, ...over }, { verb, cohorts: [] });
    expect(refused?.fields.find((f) => f.field === 'migrations')?.message ?? null).toEqual(
      names && `${names.join(', ')}: apply first`,
    );
  });
});

describe('a stage that asks for a proven drill', () => {
  const asking = (...within: Array<string | null>) => ({
    plan: { ...plan, stages: plan.stages.map((s, i) => ({ ...s, approval: false, requireDrill: within[i] ?? null })) },
  });
  const proven = (minutes: number) => ({ drill: { lastProven: ago(minutes), now } });
  const draft = { state: 'draft' as const, stage: -1 };
  it.each<[string, Partial<Standing>, Parameters<typeof refusal>[1]['verb'], string | null]>([
    ['is not started without one', { ...draft, ...asking('1h') }, 'start', 'internal'],
    ['is not started with an old one', { ...draft, ...asking('1h'), ...proven(61) }, 'start', 'internal'],
    ['is started with a fresh one', { ...draft, ...asking('1h'), ...proven(60) }, 'start', null],
    ['is asked of that stage alone', { ...draft, ...asking(null, '1h') }, 'start', null],
    ['is not widened to without one', { stage: 0, ...asking(null, '1h') }, 'widen', 'beta'],
    ['is not widened to with an old one', { stage: 0, ...asking(null, '1h'), ...proven(61) }, 'widen', 'beta'],
    ['is widened to with a fresh one', { stage: 0, ...asking(null, '1h'), ...proven(59) }, 'widen', null],
    ['that is entered already asks no more', { stage: 1, ...asking(null, '1h') }, 'widen', null],
    ['is not jumped over', { stage: 0, ...asking(null, '1h', '1d'), ...proven(61) }, 'complete', 'beta'],
    ['nor is the one after it', { stage: 0, ...asking(null, '1d', '1h'), ...proven(61) }, 'complete', 'everyone'],
    ['is completed from within', { stage: 1, ...asking(null, '1h') }, 'complete', null],
    ['asks nobody who holds', { stage: 0, ...asking(null, '1h') }, 'hold', null],
    ['asks nobody who goes back', { stage: 0, ...asking(null, '1h') }, 'roll-back', null],
  ])('%s', (_what, over, verb, stage) => {
    const refused = refusal({ ...standing, ...over }, { verb, cohorts: [] });
    expect(refused?.fields.map((f) => [f.field, f.message.split(':')[0]]) ?? null).toEqual(
      stage && [['requireDrill', stage]],
    );
    if (refused) expect([refused.code, refused.message]).toEqual(['conflict', expect.stringContaining(stage ?? '')]);
  });

  it('asks for none within a rehearsal', () => {
    const { plan: asked } = asking('1h');
    const rehearsal = { ...draft, plan: { ...asked, environment: 'drill/run_1' } };
    expect(refusal({ ...standing, ...rehearsal }, { verb: 'start', cohorts: [] })).toBeNull();
  });
});
