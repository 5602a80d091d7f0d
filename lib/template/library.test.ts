import { describe, expect, test } from 'vitest';
import { drillFaults, parseDrill } from '@/lib/drill/parse';
import { nextRuns } from '@/lib/drill/schedule/schedule';
import { BelayError } from '@/lib/errors';
import { planInput } from '@/lib/rollout/model';
import { runbookSteps } from '@/lib/runbook/model';
import { checkBody } from './body';
import { library } from './library';
import {
  fillIn,
  ownOfDrill,
  ownOfRollout,
  placeholders,
  placeholdersIn,
  type TemplateKind,
  templateKinds,
} from './model';

const placeholdersOf = (body: unknown) => placeholdersIn(JSON.stringify(body));

describe('the library', () => {
  test('has six of each and three post-mortems, under ids and names of their own', () => {
    for (const kind of templateKinds) {
      const shelf = library.filter((t) => t.kind === kind);
      const many = kind === 'postmortem' ? 3 : 6;
      expect(shelf).toHaveLength(many);
      expect(new Set(shelf.map((t) => t.name)).size).toBe(many);
    }
    expect(new Set(library.map((t) => t.id)).size).toBe(library.length);
    // Ids of people's own begin so; an address must mean one of them.
    for (const { id } of library) expect(id).toMatch(/^[a-z][a-z-]+$/);
  });

  test.each(library)('$kind $id is what it says it is, and says when to take it', ({ kind, body, description }) => {
    expect(() => checkBody(kind, body)).not.toThrow();
    expect(description.split('. ').length).toBeGreaterThan(1);
    expect(description.length).toBeLessThan(500);
  });

  test.each(library.filter((t) => t.kind === 'plan'))('$id leaves out what is of one rollout alone', ({ body }) => {
    for (const field of ownOfRollout) expect(body).not.toHaveProperty(field);
    const own = { feature: 'f', environment: 'production', owner: 'o', baseline: 'a', candidate: 'b' };
    const filled = Object.fromEntries(placeholdersOf(body).map((word, i) => [word, `word-${i}`]));
    const text = fillIn(JSON.stringify(body), filled);
    expect(placeholdersIn(text)).toEqual([]);
    const plan = planInput.parse({ ...JSON.parse(text), ...own });
    // The one with everybody last, where there is one; every cohort of a stage stays in the next.
    const reached = plan.stages.map((s) => Object.keys(s.exposure).length);
    expect(reached).toEqual(reached.toSorted((a, b) => a - b));
  });

  test.each(library.filter((t) => t.kind === 'drill'))('$id is a drill that can be planned', ({ body }) => {
    for (const field of ownOfDrill) expect(body).not.toHaveProperty(field);
    const filled = Object.fromEntries(placeholdersOf(body).map((word, i) => [word, `word-${i}`]));
    const own = { feature: 'f', environment: 'production', owner: 'o' };
    const drill = parseDrill({ ...JSON.parse(fillIn(JSON.stringify(body), filled)), ...own });
    expect(drillFaults(drill, new Date('2026-11-22T12:00:00Z'))).toEqual([]);
    if (drill.schedule) {
      const times = nextRuns(drill.schedule, new Date('2026-11-22T12:00:00Z'), 12).map((at) => at.getTime());
      for (const [i, at] of times.slice(1).entries())
        expect(at - (times[i] ?? at)).toBeGreaterThanOrEqual(7 * 86_400_000);
    }
    // Whoever touches people names whom it must not touch, and how many errors are enough.
    if (drill.level === 'fault') expect([drill.control, drill.abort.errors]).not.toContain(null);
  });

  test('a runbook says of every step what is expected and how to see it', () => {
    for (const { body } of library.filter((t) => t.kind === 'runbook'))
      for (const step of runbookSteps.parse(body)) {
        expect(step.expected).not.toBe('');
        expect(step.how).not.toBe('');
      }
  });

  test('every word to fill in is explained, and every explanation is needed', () => {
    const used = new Set(library.flatMap((t) => placeholdersOf(t.body)));
    expect([...used].toSorted()).toEqual(Object.keys(placeholders).toSorted());
  });
});

describe('a body', () => {
  const faults = (kind: TemplateKind, body: unknown) => {
    try {
      checkBody(kind, body);
    } catch (error) {
      if (error instanceof BelayError) return error.fields;
      throw error;
    }
    return [];
  };
  const bodyOf = (id: string) => library.find((t) => t.id === id)?.body as Record<string, unknown>;

  test('of a plan is checked as the plan that it will be part of', () => {
    const plan = bodyOf('quick-flag');
    expect(faults('plan', { ...plan, stages: [] })).toMatchObject([{ field: 'body.stages' }]);
    expect(faults('plan', { ...plan, wrong: 1 })).toEqual([{ field: 'body.wrong', message: 'is not known here' }]);
    const stages = [
      { name: 'a', exposure: { '*': 50 } },
      { name: 'b', exposure: { '*': 10 } },
    ];
    expect(faults('plan', { ...plan, stages })).toMatchObject([{ field: 'body.stages[1].exposure.*' }]);
    expect(faults('plan', [])).toEqual([{ field: 'body', message: 'must be an object' }]);
    expect(faults('plan', { ...plan, feature: 'one of its own' })).toMatchObject([{ field: 'body.feature' }]);
  });

  test('of criteria is a list of them, each with a name of its own', () => {
    const [first] = bodyOf('http-red') as unknown as object[];
    expect(faults('criteria', [first, first])).toEqual([
      { field: 'body[1].name', message: '"server errors" is used twice' },
    ]);
    expect(faults('criteria', [])).toMatchObject([{ field: 'body' }]);
    expect(faults('criteria', [{ ...first, measure: 'quantile' }])).toMatchObject([
      { field: 'body[0].q' },
      { field: 'body[0].of' },
    ]);
  });

  test('of a runbook is one that could be carried out', () => {
    const steps = bodyOf('flag-only') as unknown as Array<{ act: string }>;
    expect(faults('runbook', steps.toReversed())).not.toEqual([]);
    expect(
      faults(
        'runbook',
        steps.filter((s) => s.act !== 'criteria'),
      ),
    ).toMatchObject([{ field: 'body' }]);
    const [restore, ...rest] = steps;
    expect(faults('runbook', [rest[0], restore, ...rest.slice(1)])).toMatchObject([{ field: 'body[1].act' }]);
  });

  test('of a drill is one that could be planned', () => {
    const drill = bodyOf('weekly-synthetic');
    expect(faults('drill', { ...drill, fault: null })).toMatchObject([{ field: 'body.fault' }]);
    const fault = { share: 30 };
    expect(faults('drill', { ...drill, fault })).toMatchObject([{ field: 'body.fault.expiresAfter' }]);
    expect(faults('drill', [])).toEqual([{ field: 'body', message: 'must be an object' }]);
  });

  test('is not longer than a plan may be', () => {
    const body = { ...bodyOf('quick-flag'), hypothesis: 'x'.repeat(300_000) };
    expect(faults('plan', body)).toEqual([{ field: 'body', message: 'is longer than 256 KiB' }]);
  });
});

describe('a word to fill in', () => {
  test('is found once, wherever it stands, and never inside another word', () => {
    const text = 'select YOUR_TABLE.YOUR_NEW_COLUMN from YOUR_TABLE; YOUR-ROUTE, YOURS, yOUR-X YOUR- MYYOUR-X';
    expect(placeholdersIn(text)).toEqual(['YOUR_TABLE', 'YOUR_NEW_COLUMN', 'YOUR-ROUTE']);
  });

  test('is filled in everywhere; what is not given stays', () => {
    expect(fillIn('YOUR-A, YOUR-AB, YOUR-A', { 'YOUR-A': '$1' })).toBe('$1, YOUR-AB, $1');
  });
});
