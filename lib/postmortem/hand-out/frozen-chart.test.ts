import { describe, expect, test } from 'vitest';
import { exampleFacts, usualNames } from '../example';
import { momentsOf } from '../impact/milestones';
import { frozenCharts } from './frozen-chart';

const facts = exampleFacts();
const milestones = momentsOf(facts).milestones;
const of = (cohort: string | null, from = facts) => frozenCharts(from, { cohort, zone: 'UTC', milestones });

describe('frozen charts', () => {
  test('draw what was counted, whole and by cohort', () => {
    const [errors] = of(null);
    expect(errors?.criterion).toBe('errors');
    expect(errors?.lines.map(({ version, role }) => [version, role])).toEqual([
      ['control', 'baseline'],
      ['treatment', 'candidate'],
    ]);
    for (const [i, line] of (errors?.lines ?? []).entries()) {
      const cells = facts.measured[0]?.cells.filter(({ version }) => version === line.version) ?? [];
      const sum = (what: 'n' | 'k') => cells.reduce((all, cell) => all + (cell[what] ?? 0), 0);
      expect(
        line.points.reduce((all, p) => all + p.n, 0),
        `${i}`,
      ).toBe(sum('n'));
      expect(
        line.points.reduce((all, p) => all + p.k, 0),
        `${i}`,
      ).toBe(sum('k'));
    }
    const [eu] = of('eu');
    const worst = (chart: typeof eu) => Math.max(...(chart?.lines[1]?.points ?? []).map(({ value }) => value ?? 0));
    expect(worst(eu)).toBeGreaterThan(worst(errors));
    expect(of('nowhere')[0]).toMatchObject({ lines: [], missing: 'Nothing was counted in this stretch' });
  });

  test('have what failed first, the margin on the baseline, and the milestones in order', () => {
    const [errors, slow, orders] = of(null);
    expect([errors?.failed, slow?.failed, orders?.failed]).toEqual([true, false, false]);
    expect(errors?.limit).toMatchObject({ label: 'baseline + 0.5pp' });
    expect(orders?.limit).toMatchObject({ label: 'baseline − 1%' });
    const base = errors?.lines[0]?.points.filter(({ at }) => errors.lines[1]?.points.some((p) => p.at === at)) ?? [];
    const share = base.reduce((all, p) => all + p.k, 0) / base.reduce((all, p) => all + p.n, 0);
    expect(errors?.limit?.value).toBeCloseTo(share + 0.005, 10);
    expect(errors?.marks.map(({ name }) => name)).toEqual([
      'started',
      'onset',
      'detected',
      'decided',
      'acted',
      'propagated',
      'recovered',
    ]);
    expect(slow?.says).toBe('Share of http.server.request.duration above 500 ms');
  });

  test('a silence is a gap, and an interval holds its point', () => {
    const [measured] = facts.measured;
    if (!measured) throw new Error('no criterion');
    const silent = measured.cells.filter(({ at, version }) => version === 'control' || at !== measured.cells[0]?.at);
    const [first] = silent.filter(({ version }) => version === 'treatment').map(({ at }) => at);
    const without = silent.filter(
      ({ at, version }) => version === 'control' || at < Number(first) + 30_000 || at >= Number(first) + 60_000,
    );
    const [chart] = of(null, { ...facts, measured: [{ ...measured, cells: without }] });
    expect(chart?.lines[1]?.points.filter(({ value }) => value === null)).toHaveLength(1);
    for (const { value, low, high } of chart?.lines.flatMap(({ points }) => points) ?? []) {
      if (value === null || low === null || high === null) continue;
      expect(low).toBeLessThanOrEqual(value);
      expect(high).toBeGreaterThanOrEqual(value);
    }
  });

  test('stay on their axes, and have few enough points to be told apart', () => {
    const long = { ...facts, from: '2026-11-20T12:00:00.000Z' };
    for (const chart of [...of(null), ...of('eu'), ...of(null, long)]) {
      for (const line of chart.lines) {
        expect(line.points.length).toBeLessThanOrEqual(49);
        for (const { value } of line.points) {
          if (value === null) continue;
          expect(value).toBeGreaterThanOrEqual(chart.y.low);
          expect(value).toBeLessThanOrEqual(chart.y.high);
        }
      }
      expect(chart.y.ticks.length).toBeGreaterThan(1);
    }
  });

  test('what cannot be drawn says why', () => {
    const [measured] = facts.measured;
    if (!measured) throw new Error('no criterion');
    const rate = { ...measured, criterion: { ...measured.criterion, measure: 'rate' as const } };
    const none = { ...measured, cells: [], missing: 'No telemetry arrived in this stretch' };
    expect(of(null, { ...facts, measured: [rate] })[0]?.missing).toMatch(/^A rate counts events/);
    expect(of(null, { ...facts, measured: [none] })[0]?.missing).toBe('No telemetry arrived in this stretch');
    const odd = exampleFacts({ ...usualNames, cohort: '\u202e<b>', candidate: '' });
    expect(of(null, odd).map(({ lines }) => lines.length)).toEqual([2, 2, 2]);
  });
});
