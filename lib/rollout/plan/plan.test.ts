import { describe, expect, it } from 'vitest';
import { planText } from '@/e2e/design-plan';
import { BelayError } from '@/lib/errors';
import { unknownReasons } from '../model';
import { parsePlan } from './plan';

function fieldsOf(input: unknown): string[] {
  try {
    parsePlan(input);
  } catch (error) {
    if (error instanceof BelayError) return error.fields.map((f) => f.field);
    throw error;
  }
  return [];
}

const value = () => parsePlan(planText) as unknown as Record<string, never> & { stages: Record<string, unknown>[] };

describe('parsePlan', () => {
  it('reads YAML, JSON text and values to the same plan', () => {
    const fromYaml = parsePlan(planText);
    expect(parsePlan(JSON.stringify(fromYaml))).toEqual(fromYaml);
    expect(parsePlan(structuredClone(fromYaml))).toEqual(fromYaml);
    expect(fromYaml.holdback).toBe(10);
    expect(fromYaml.stages[1]).toMatchObject({ onTimeout: 'hold', gate: 'pass', approval: false });
  });

  it('keeps the order in which a stage names its cohorts', () => {
    const text = planText.replace('{ internal: 100, beta: 25 }', '{ zeta: 1, internal: 100, beta: 25 }');
    expect(Object.keys(parsePlan(text).stages[1]?.exposure ?? {})).toEqual(['zeta', 'internal', 'beta']);
  });

  it.each([
    ['a share over 100', planText.replace('beta: 25', 'beta: 101'), 'stages[1].exposure.beta'],
    ['a share below 0', planText.replace('beta: 25', 'beta: -1'), 'stages[1].exposure.beta'],
    ['a share that is no number', planText.replace('beta: 25', 'beta: lots'), 'stages[1].exposure.beta'],
    [
      'a share that falls',
      planText.replace('internal: 100, beta', 'internal: 50, beta'),
      'stages[1].exposure.internal',
    ],
    ['two stages of one name', planText.replace('name: beta,', 'name: internal,'), 'stages[1].name'],
    ['two criteria of one name', planText.replace('name: orders', 'name: errors'), 'criteria[1].name'],
    ['a bad duration', planText.replace('minDuration: 30m', 'minDuration: half an hour'), 'stages[1].minDuration'],
    ['a bad margin', planText.replace('margin: 0.5pp', 'margin: lots'), 'criteria[0].margin'],
    ['a candidate that is the baseline', planText.replace('candidate: treatment', 'candidate: control'), 'candidate'],
    ['a share without its part', planText.replace(/of: \{[^}]*\}, /, ''), 'criteria[0].of'],
    ['an unknown field', `${planText}\nhold_back: 5%\n`, 'hold_back'],
    ['an unknown field in a stage', planText.replace('minSamples', 'minSample'), 'stages[1].minSample'],
    ['a missing field', planText.replace('owner: payments\n', ''), 'owner'],
    ['no text', '', 'plan'],
    ['broken YAML', 'feature: [', 'plan'],
    ['broken JSON', '{"feature": ', 'plan'],
    ['a key twice', `${planText}\nowner: me\n`, 'plan'],
    ['what is nested without end', '['.repeat(20_000), 'plan'],
    ['two documents', `${planText}\n---\nowner: me\n`, 'plan'],
    ['a list', '[]', 'body'],
    ['a number', '7', 'body'],
    ['nothing', undefined, 'body'],
    ['too much', `hypothesis: ${'x'.repeat(300_000)}`, 'plan'],
  ])('names the field of %s', (_what, input, field) => {
    expect(fieldsOf(input)).toContain(field);
  });

  it('does not unfold aliases', () => {
    const bomb = ['a: &a [x,x,x,x,x,x,x,x,x]'];
    for (const [one, next] of ['ab', 'bc', 'cd', 'de', 'ef', 'fg', 'gh', 'hi'])
      bomb.push(`${next}: &${next} [${`*${one},`.repeat(9)}]`);
    expect(fieldsOf(bomb.join('\n'))).toEqual(['plan']);
  });

  it('names several wrong fields at once', () => {
    const plan = value();
    const wrong = { ...plan, owner: '', stages: [{ ...plan.stages[0], exposure: {} }] };
    expect(fieldsOf(wrong)).toEqual(expect.arrayContaining(['owner', 'stages[0].exposure']));
  });

  it('waits for every unknown unless told otherwise, and lets nothing through that nobody can know', () => {
    expect(value()).toMatchObject({ onUnknown: {}, onRegressionScope: 'rollout' });
    const onUnknown = { stale: 'hold', receiver_down: 'wait', too_few: 'let_through', not_yet_clear: 'let_through' };
    expect(parsePlan({ ...value(), onUnknown }).onUnknown).toEqual(onUnknown);
    for (const reason of unknownReasons) {
      const field = `onUnknown.${reason}`;
      const allowed = reason === 'too_few' || reason === 'not_yet_clear';
      expect(fieldsOf({ ...value(), onUnknown: { [reason]: 'let_through' } })).toEqual(allowed ? [] : [field]);
      expect(fieldsOf({ ...value(), onUnknown: { [reason]: 'pass' } })).toEqual([field]);
    }
    expect(fieldsOf({ ...value(), onUnknown: { decided: 'wait' } })).toEqual(['onUnknown.decided']);
  });

  it('takes back cohorts only where a regression takes back at all', () => {
    expect(fieldsOf({ ...value(), onRegressionScope: 'cohort' })).toEqual([]);
    expect(fieldsOf({ ...value(), onRegressionScope: 'everybody' })).toEqual(['onRegressionScope']);
    const hold = { ...value(), onRegressionScope: 'cohort', onRegression: 'hold' };
    expect(fieldsOf(hold)).toEqual(['onRegressionScope']);
  });

  it('does not let a plan reach a prototype', () => {
    fieldsOf('__proto__: { mode: act, polluted: true }');
    fieldsOf(planText.replace('{ internal: 100 }', '{ __proto__: 100 }'));
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    expect(fieldsOf(planText.replace('{ internal: 100 }', '{ __proto__: 100 }'))).not.toEqual([]);
  });
});
