import { describe, expect, test } from 'vitest';
import { type Curve, curveSvg, type Row, type Steps } from './curve';

const curve: Curve = {
  id: 'power',
  title: 'Harm <found>',
  looks: 100,
  most: 1,
  lines: [
    { row: 'fast', label: 'fast' },
    { row: 'slow', label: 'slow' },
    { row: 'not simulated', label: 'absent' },
  ],
};
const row = (name: string, steps: Steps): Row & { curve: Steps } => ({
  name,
  rollouts: 2,
  need: '',
  got: '',
  published: '',
  good: true,
  curve: steps,
});
const rows = [
  row('fast', [
    [10, 0.5],
    [20, 1],
    [150, 1],
  ]),
  row('slow', [[90, 1]]),
];

describe('a curve', () => {
  const svg = curveSvg(curve, rows);
  test('rises at its looks, from none to all, and ends where the plot does', () =>
    expect(svg).toContain('d="M56 262H99V139H142V16H486"'));
  test('that was not simulated is not drawn', () => expect(svg).not.toContain('absent'));
  test('labels never lie on each other', () => {
    const at = [...svg.matchAll(/y="([\d.]+)"[^>]*>(fast|slow)</g)].map((m) => Number(m[1]));
    expect(at).toHaveLength(2);
    expect(Math.abs((at[0] as number) - (at[1] as number))).toBeGreaterThanOrEqual(15);
  });
  test('text is escaped', () => expect(svg).toContain('Harm &lt;found>'));
  test('takes its colours from the page and has its own', () => expect(svg).toContain('var(--v0, #0072b2)'));
  test('the bound is drawn where it lies', () =>
    expect(curveSvg({ ...curve, most: 0.02, bound: { share: 0.01, label: 'bound 1 %' } }, rows)).toContain(
      'd="M56 139H486"',
    ));
});
