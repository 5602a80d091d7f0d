/** Rules of the pages that no linter knows. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = import.meta.dirname;
const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((f) => /\.tsx?$/.test(f));

test('"use client" stands in a file if and only if its name ends in .client.tsx', () => {
  expect(files.length).toBeGreaterThan(50);
  const directive = /^\s*(?:\/\*[\s\S]*?\*\/\s*|\/\/.*\n\s*)*['"]use client['"]/;
  for (const file of files)
    expect([file, directive.test(readFileSync(join(root, file), 'utf8'))]).toEqual([
      file,
      file.endsWith('.client.tsx'),
    ]);
});

test('nothing puts markup from data into a page', () => {
  for (const file of files.filter((f) => !f.endsWith('.test.ts')))
    expect([file, readFileSync(join(root, file), 'utf8').includes('dangerouslySetInnerHTML')]).toEqual([file, false]);
});

test('the dark tokens that follow the system are those of the dark theme', () => {
  const css = readFileSync(join(root, 'tokens.css'), 'utf8');
  const tokens = (selector: string) => {
    const block = css.slice(css.indexOf(selector) + selector.length);
    return block.slice(0, block.indexOf('}')).match(/--[\w-]+:[^;]+;/g);
  };
  const chosen = tokens(':root[data-theme="dark"] {');
  expect(chosen?.length).toBeGreaterThan(20);
  expect(tokens(':root:not([data-theme="light"]) {')).toEqual(chosen);
});
