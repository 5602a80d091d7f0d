import { expect, test } from 'vitest';
import type { Notice } from './model';
import { slackBodyOf } from './slack';

const notice: Notice = {
  kind: 'rollback_unconfirmed',
  title: 'new-checkout in production: the rollback is not confirmed',
  text: 'The check no-orphans failed: 3 rows.\nThe column is there still.',
  next: 'Look at the rows, then try again.',
  environment: 'production',
  feature: 'new-checkout',
  rolloutId: null,
  rollbackId: 'rb_1',
  path: '/rollbacks/rb_1',
};
type Block = { type: string; text: { type: string; text: string; verbatim?: boolean } };
const body = (over: Partial<Notice> = {}, url: string | null = 'https://belay.example.test') =>
  JSON.parse(slackBodyOf({ ...notice, ...over }, url)) as { text: string; blocks: Block[] };

test('title, what to do, what happened and where, a block each', () => {
  expect(body()).toEqual({
    text: notice.title,
    blocks: [
      { type: 'header', text: { type: 'plain_text', emoji: false, text: notice.title } },
      ...[
        '*What to do:* Look at the rows, then try again.',
        'The check no-orphans failed: 3 rows.; The column is there still.',
        '<https://belay.example.test/rollbacks/rb_1|Open in Belay>',
      ].map((text) => ({ type: 'section', text: { type: 'mrkdwn', verbatim: true, text } })),
    ],
    unfurl_links: false,
    unfurl_media: false,
  });
});

test('what is not said has no block', () => {
  expect(body({ text: '', next: '', kind: 'status_update' }, null).blocks).toHaveLength(1);
  // That nothing is to be done is said.
  expect(body({ text: '', next: '' }, null).blocks[1]?.text.text).toBe('*What to do:* nothing.');
});

test.each([
  '<!channel> & <@U123> <https://evil.test|here>',
  '@channel @here @Everyone',
  'a\r\nb\u202e\u0000c',
  '<'.repeat(2_000),
  '&amp;'.repeat(900),
])('nothing in %j calls, mentions or links, and it is within what Slack takes', (name) => {
  const { text, blocks } = body({ title: name, text: name, next: name });
  const said = [text, ...blocks.slice(0, -1).map((block) => block.text.text)];
  for (const line of said.filter((_l, i) => i !== 1)) {
    expect(line).not.toMatch(/[<>]/);
    expect(line.replace(/&(amp|lt|gt);/g, '')).not.toContain('&');
  }
  // A header is plain text: nothing in it is read as markup.
  expect(blocks[0]?.text.type).toBe('plain_text');
  expect([...(blocks[0]?.text.text ?? '')].length).toBeLessThanOrEqual(150);
  for (const line of said) {
    expect(line).not.toMatch(/@(channel|here|everyone)/i);
    expect(line).not.toMatch(/[\p{Cc}\u202e]/u);
    expect(line.length).toBeLessThanOrEqual(3_000);
  }
});
