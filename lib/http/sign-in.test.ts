import { expect, test } from 'vitest';
import { confirmPage, isDeliberate } from './sign-in';

const typed = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document', 'sec-fetch-site': 'none' };

test.each([
  ['pasted into the address bar', 'GET', {}, true],
  ['followed from our own page', 'GET', { 'sec-fetch-site': 'same-origin' }, true],
  ['asked for its headers only', 'HEAD', {}, false],
  ['followed from a mail in a browser', 'GET', { 'sec-fetch-site': 'cross-site' }, false],
  ['prerendered', 'GET', { 'sec-purpose': 'prefetch;prerender' }, false],
  ['prefetched', 'GET', { purpose: 'prefetch' }, false],
  ['prefetched by the router', 'GET', { 'next-router-prefetch': '1' }, false],
  ['fetched by a script', 'GET', { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' }, false],
  ['put into a frame', 'GET', { 'sec-fetch-dest': 'iframe' }, false],
])('a link that is %s', (_name, method, headers, redeems) => {
  expect(isDeliberate(method, new Headers({ ...typed, ...headers }))).toBe(redeems);
});

test('a scanner that sends no such headers redeems nothing', () => {
  expect(isDeliberate('GET', new Headers())).toBe(false);
});

test('a nonce that is none cannot write into the page', () => {
  expect(confirmPage('"><script>alert(1)</script>')).not.toContain('<script>');
  expect(confirmPage('YWJj')).toContain('<style nonce="YWJj">');
});
