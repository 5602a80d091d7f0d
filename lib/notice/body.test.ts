import { expect, test } from 'vitest';
import { bodyOf, chatText } from './body';
import type { Notice } from './model';

const notice: Notice = {
  kind: 'rollback_unconfirmed',
  title: 'new-checkout in production: the rollback is not confirmed',
  text: 'The check no-orphans failed: 3 rows.',
  next: 'Look at the rows, then try again.',
  environment: 'production',
  feature: 'new-checkout',
  rolloutId: 'ro_1',
  rollbackId: 'rb_1',
  path: '/rollbacks/rb_1',
};
const at = new Date('2026-11-22T08:00:00Z');

test('a chat shows four lines, a machine reads the rest', () => {
  const body = JSON.parse(bodyOf(notice, { id: 'ntc_1', at, consoleUrl: 'https://belay.example.test' }));
  expect(body).toEqual({
    type: 'belay.notice',
    timestamp: '2026-11-22T08:00:00.000Z',
    text: [
      'new-checkout in production: the rollback is not confirmed',
      'The check no-orphans failed: 3 rows.',
      'Next: Look at the rows, then try again.',
      'https://belay.example.test/rollbacks/rb_1',
    ].join('\n'),
    data: { ...notice, id: 'ntc_1', url: 'https://belay.example.test/rollbacks/rb_1' },
  });
});

test('what several steps say stands in one line', () => {
  expect(chatText({ ...notice, title: 't', text: 'column: timed out\n  rows: 3 too many', next: '' }, null)).toBe(
    'new-checkout in production: t\ncolumn: timed out; rows: 3 too many',
  );
});

test('without an address of the console the page is named by its path alone', () => {
  const body = JSON.parse(bodyOf(notice, { id: 'ntc_1', at, consoleUrl: null }));
  expect(body.data).toMatchObject({ url: null, path: '/rollbacks/rb_1' });
  expect(body.text).not.toContain('http');
});

test('nothing in a name calls a channel, makes a link or begins a line', () => {
  const text = chatText(
    { ...notice, title: 'a\nb\u2028c', text: 'by <!channel> <https://evil.test|this>', next: '' },
    null,
  );
  expect(text).toBe('new-checkout in production: a; b c\nby ‹!channel› ‹https://evil.test|this›');
});

test('a path can lead nowhere else than to the console', () => {
  const body = JSON.parse(
    bodyOf({ ...notice, path: '/rollbacks/..%2F' }, { id: 'n', at, consoleUrl: 'https://b.test' }),
  );
  expect(new URL(body.data.url).host).toBe('b.test');
});
