import { describe, expect, test } from 'vitest';
import { exampleFacts, exampleView, usualNames } from '../example';
import type { Facts } from '../facts';
import type { PostmortemView, Sentence } from '../model';
import { type Glance, glanceOf } from './glance';
import { toMarkdown } from './markdown';
import { paragraphsOf } from './paragraphs';
import { type Report, reportOf } from './report';

const report = (facts: Facts = exampleFacts(), over: Partial<PostmortemView> = {}): Report =>
  reportOf({ ...exampleView(usualNames, facts), ...over }, facts);
const cell = (of: Report, name: Glance['name']) => glanceOf(of).find((c) => c.name === name);
const { rollback } = exampleFacts();
if (!rollback) throw new Error('the example is of a rollback');
const withRollback = (over: Partial<typeof rollback>): Facts => ({
  ...exampleFacts(),
  rollback: { ...rollback, ...over },
});
const action = exampleView().actions[0];
if (!action) throw new Error('the example has an action');

describe('at a glance', () => {
  test('every number is a figure that the report holds, and says the same', () => {
    const read = report();
    const costs = glanceOf(read).filter(({ name }) => name === 'cost');
    expect(costs.length).toBeGreaterThan(0);
    for (const { sources, label } of costs) {
      const [source] = sources;
      const figure = read.figures.find(({ id }) => source?.kind === 'figure' && source.id === id);
      expect(figure?.label).toBe(label);
      expect(figure?.inputs.cohort).toBeNull();
    }
    const lasted = read.figures.find(({ id }) => id === 'impact/minutes');
    expect(cell(read, 'lasted')).toMatchObject({ label: lasted?.label, sources: [{ id: 'impact/minutes' }] });
  });

  test('says that the return is proven only where it is', () => {
    expect(cell(report(withRollback({ state: 'verified' })), 'outcome')).toMatchObject({ tone: 'good' });
    const late = withRollback({ state: 'unconfirmed', escalatedAt: exampleFacts().to });
    expect(cell(report(late), 'outcome')).toMatchObject({ says: 'Taken back, not confirmed', tone: 'bad' });
    const going = withRollback({ state: 'running' as typeof rollback.state, escalatedAt: null });
    expect(cell(report(going), 'outcome')).toMatchObject({ says: 'Being taken back', tone: 'warn' });
  });

  test('says what is next: a step that waits for a person, the first action, what is overdue', () => {
    const [step] = rollback.steps;
    if (!step) throw new Error('the example has steps');
    const waiting = { ...step, title: 'Tell support', detail: 'Waits for payments', state: 'waiting' as const };
    const person = { ...waiting, work: { kind: 'person' } as unknown as typeof step.work };
    const facts = withRollback({ steps: [...rollback.steps, person] });
    expect(cell(report(facts, { state: 'draft' }), 'next')).toMatchObject({
      says: 'Tell support',
      more: 'Waits for payments: a step of the rollback',
    });
    expect(cell(report(facts, { state: 'published', actions: [] }), 'next')).toMatchObject({
      says: 'Set up the first action',
    });
    const of = (over: Partial<typeof action>) =>
      report(undefined, { state: 'published', actions: [{ ...action, ...over }] });
    expect(cell(of({ state: 'open', overdue: true }), 'next')).toMatchObject({ more: '1 overdue', tone: 'bad' });
    expect(cell(of({ state: 'open', overdue: false }), 'next')).toMatchObject({ says: '1 of 1 actions are open' });
    expect(cell(of({ state: 'done', overdue: false }), 'next')).toMatchObject({ says: 'Every action is done' });
    const broken = { state: 'broken', detail: 'x', checkedAt: exampleFacts().to } as const;
    expect(cell(report(undefined, { seal: broken }), 'next')).toMatchObject({ tone: 'bad' });
  });

  test('names no cohort as what stands out, and nothing that chance explains', () => {
    const read = report();
    const chance = { ...read, candidates: read.candidates.map((c) => ({ ...c, clear: false })) };
    expect(cell(chance, 'stands_out')).toMatchObject({ says: 'Nothing beyond chance' });
    const cohorts = { ...read, candidates: read.candidates.map((c) => ({ ...c, key: 'cohort' })) };
    expect(cell(cohorts, 'stands_out')).toMatchObject({ says: 'Nothing beyond chance' });
    expect(cell(read, 'stands_out')?.says).toMatch(/ = /);
  });

  test('names what the summary names, also where another criterion than the one that failed shows it', () => {
    const facts = exampleFacts();
    const [first, second] = facts.measured;
    if (!first?.excess || !second) throw new Error('the example has two');
    const unclear = { ...first.excess, values: first.excess.values.map((v) => ({ ...v, clear: false })) };
    const measured = [{ ...first, excess: unclear }, { ...second, excess: first.excess }, ...facts.measured.slice(2)];
    const read = report({ ...facts, measured });
    const shown = cell(read, 'stands_out');
    const summary = JSON.stringify(read.sections.find(({ name }) => name === 'summary')?.sentences);
    expect(shown?.more).toContain(`of the excess of ${second.criterion.name}`);
    expect(summary).toContain(`of the excess of “${second.criterion.name}”`);
  });

  test('comes first in Markdown, each line with its source', () => {
    const text = toMarkdown(report(), { zone: 'UTC', base: null });
    expect(text.indexOf('- Outcome: **')).toBeGreaterThan(0);
    expect(text.indexOf('- Outcome: **')).toBeLessThan(text.indexOf('## Summary'));
  });
});

describe('paragraphs of a summary', () => {
  const sentence = (id: string): Sentence => ({ id, spans: [] });
  const ids = (all: string[]) => paragraphsOf(all.map(sentence)).map((some) => some.map(({ id }) => id));
  test('go by what a reader asks, in order, and lose nothing', () => {
    const all = ['what', 'touched', 'excess/errors', 'excess/a/b', 'noticed', 'done', 'proven', 'unknown'];
    expect(ids(all.map((id) => `summary/${id}`)).map((some) => some.length)).toEqual([1, 3, 3, 1]);
    expect(ids(['summary/other', 'summary/what', 'summary/new']).flat()).toEqual([
      'summary/other',
      'summary/what',
      'summary/new',
    ]);
    expect(ids([])).toEqual([]);
  });
});
