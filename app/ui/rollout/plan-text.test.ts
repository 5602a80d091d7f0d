import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { library } from '@/lib/template/library';
import { placeholdersIn } from '@/lib/template/model';
import { edited, filled, planFrom, usual, valuesOf, withCriteria } from './plan-text';

const own = { feature: 'f', environment: 'production', owner: 'o', baseline: 'a', candidate: 'b' };
const cautious = library.find((t) => t.id === 'cautious-flag')?.body;

describe('the text of a plan', () => {
  test('from a template begins with what is of this rollout, and knows the cohorts that are there', () => {
    const text = planFrom(cautious, own, ['internal', 'eu']);
    expect(text.split('\n')[0]).toBe('feature: f');
    expect(parse(text)).toMatchObject({ ...own, stages: [{ exposure: { internal: 100 } }, {}, {}, {}, {}, {}] });
    expect(placeholdersIn(text)).toEqual(['YOUR-BETA-COHORT']);
  });

  test('a template that is no plan leaves what is of this rollout', () => {
    expect(parse(planFrom(null, own, []))).toEqual(own);
    expect(usual([])).toEqual({});
  });

  test('what is filled in is one word there, whatever it is', () => {
    const text = planFrom(cautious, own, ['internal']);
    for (const value of ['*any', 'a: b', '# no', "it's", 'null'])
      expect(Object.keys(parse(filled(text, { 'YOUR-BETA-COHORT': value })).stages[1].exposure)).toContain(value);
  });

  test('keeps its comments, and is left alone where it is no YAML', () => {
    expect(filled('a: YOUR-ROUTE # which', { 'YOUR-ROUTE': '/x' })).toBe('a: /x # which\n');
    expect(filled('a: [YOUR-ROUTE', { 'YOUR-ROUTE': '/x' })).toBe('a: [/x');
    expect(edited('owner: a # who', { owner: 'b' })).toBe('owner: b # who\n');
    expect(edited('a: [', { owner: 'b' })).toBe('a: [');
    expect(valuesOf('owner: a').owner).toBe('a');
  });

  test('takes a set of criteria, each under a name of its own', () => {
    const names = (text: string) => parse(text).criteria.map((c: { name: string }) => c.name);
    const set = [{ name: 'errors' }, { name: 'errors' }, { name: 'p99' }];
    expect(names(withCriteria('criteria:\n  - name: errors\n', set))).toEqual([
      'errors',
      'errors 2',
      'errors 3',
      'p99',
    ]);
    expect(names(withCriteria('owner: a', set))).toEqual(['errors', 'errors 2', 'p99']);
  });
});
