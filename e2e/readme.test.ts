/** What the README and .env.example say is so. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parseConfig, settings } from '@/lib/config';
import { drillFaults, parseDrill } from '@/lib/drill/parse';
import { parsePlan } from '@/lib/rollout/plan/plan';

const read = (name: string) => readFileSync(fileURLToPath(new URL(`../${name}`, import.meta.url)), 'utf8');
const example = [...read('.env.example').matchAll(/^#([A-Z_]+)=(.*)$/gm)].map(([, name = '', value = '']) => [
  name,
  value,
]);

test('.env.example names each setting once, with a value that is accepted', () => {
  expect(example.map(([name]) => name).sort()).toEqual([...settings].sort());
  expect(() => parseConfig(Object.fromEntries(example))).not.toThrow();
});

test('the README has a row for each setting', () => {
  const rows = [...read('README.md').matchAll(/^\| `([A-Z_]+)`/gm)].map(([, name]) => name);
  expect(rows.sort()).toEqual([...settings].sort());
});

test('the rollout in the README is one', () => {
  const plan = /<<'YAML'\n([\s\S]+?)\nYAML\n/.exec(read('README.md'))?.[1] ?? '';
  expect(parsePlan(plan).stages).toHaveLength(3);
});

test('the migrations and checks in the README are some', () => {
  const text = read('README.md');
  const plan = /<<'YAML'\n([\s\S]+?)\nYAML\n/.exec(text)?.[1] ?? '';
  const steps = /```yaml\n(migrations:\n[\s\S]+?)```/.exec(text)?.[1] ?? '';
  const parsed = parsePlan(`${plan}\n${steps}`);
  expect(parsed.migrations.map((m) => m.name)).toEqual(['total-column', 'old-importer-off']);
  expect(parsed.checks.map((c) => c.name)).toEqual(['no-orphans']);
});

test('the drill in the README is one', () => {
  const text = /```yaml\n(name: Checkout goes back\n[\s\S]+?)```/.exec(read('README.md'))?.[1] ?? '';
  const drill = parseDrill(text);
  expect(drill.schedule?.timeZone).toBe('Europe/Berlin');
  expect(drillFaults(drill, new Date('2026-01-01T00:00:00Z'))).toEqual([]);
});
