import { expect, test } from 'vitest';
import { formOf } from './form';

test.each([
  [null, 'view'],
  ['', 'view'],
  ['*/*', 'view'],
  ['application/json', 'view'],
  ['text/markdown', 'markdown'],
  ['TEXT/Markdown; charset=utf-8', 'markdown'],
  ['text/csv', 'csv'],
  ['text/html,application/xhtml+xml,*/*;q=0.8', 'view'],
  ['application/json;q=0.5, text/csv;q=0.9', 'csv'],
  ['text/csv;q=0, text/markdown;q=0.1', 'markdown'],
  ['text/markdown;q=nonsense, text/csv', 'csv'],
  ['image/png', 'view'],
])('%s asks for %s', (accept, form) => {
  expect(formOf(accept)).toBe(form);
});
