/** Mails and chats as a stranger reads them: where, what happened, what to do first, and a page that is there. */
import { expect, test } from 'vitest';
import { escaped } from '@/lib/mail/escape';
import { bodyOf } from '@/lib/notice/body';
import { letterOf } from '@/lib/notice/letter';
import type { Notice } from '@/lib/notice/model';
import { slackBodyOf } from '@/lib/notice/slack';
import { decidedNotice, verifiedNotice } from '@/lib/rollback/notices';

const of = {
  ...{
    id: 'rbk_1',
    kind: 'rollback' as const,
    rolloutId: 'rol_1',
    featureKey: 'new-checkout',
    environment: 'production',
  },
  ...{ cohorts: ['beta'], reason: 'http.errors rose', by: 'Belay' },
};
const about = { environment: 'production', feature: 'new-checkout', rolloutId: 'rol_1', rollbackId: null };
const update: Notice = {
  ...{
    ...about,
    kind: 'status_update',
    title: 'Rollout of new-checkout in production: Going back',
    path: '/status/sts_1',
  },
  text: '“treatment” is being taken back.\nWhy: errors rose.',
  next: 'we write again by 2026-11-22 18:30 UTC.',
};
const published: Notice = {
  ...{
    ...about,
    kind: 'postmortem_published',
    title: 'Post-mortem published: Slow for an hour',
    path: '/postmortems/pm_1',
  },
  ...{ text: 'Ada published it.', next: '' },
};
const due: Notice = {
  ...{
    ...about,
    kind: 'action_due',
    title: 'Ada: “Alert on slow payments” is due today',
    path: '/postmortems/pm_1#actions',
  },
  ...{ text: 'It has the priority high.', next: 'Do it and close it.' },
};
const unconfirmed: Notice = {
  ...{
    ...about,
    kind: 'rollback_unconfirmed',
    title: 'The rollback of new-checkout is not confirmed',
    path: '/rollbacks/rbk_1',
  },
  ...{ text: 'Telemetry: 12 % still show treatment\nRows: 3 too many', next: 'Look at who serves it.' },
};
const consoleUrl = 'https://belay.example.com';
const at = new Date('2026-11-22T08:00:00Z');
const mailOf = (notice: Notice) => letterOf([{ notice, at }], { consoleUrl, personal: true });
const blocksOf = (notice: Notice): string[] =>
  JSON.parse(slackBodyOf(notice, consoleUrl)).blocks.map(({ text }: { text: { text: string } }) => text.text);

test.each<[string, Notice, string, string]>([
  [
    'begun',
    decidedNotice(of),
    'new-checkout is being rolled back in production for beta',
    'What to do: nothing yet: Belay tells when it is proven, and asks where it needs somebody.',
  ],
  [
    'proven',
    verifiedNotice(of),
    'The rollback of new-checkout in production for beta is proven',
    'What to do: nothing; its post-mortem says what happened.',
  ],
  [
    'not confirmed',
    unconfirmed,
    'The rollback of new-checkout is not confirmed (production)',
    'What to do: Look at who serves it.',
  ],
  [
    'published',
    published,
    'new-checkout in production: Post-mortem published: Slow for an hour',
    'What to do: nothing.',
  ],
  [
    'due',
    due,
    'new-checkout in production: Ada: “Alert on slow payments” is due today',
    'What to do: Do it and close it.',
  ],
  ['an update', update, 'Rollout of new-checkout in production: Going back', update.title],
])('%s: the subject says where and what, the first line what to do', (_what, notice, subject, first) => {
  const { text, html, ...mail } = mailOf(notice);
  expect(mail.subject).toBe(subject);
  expect(text.split('\n')[0]).toBe(first);
  const page = new URL(notice.path, consoleUrl).href;
  expect(text.split('\n')).toContain(page);
  expect(html).toContain(`<a href="${escaped(page)}"`);
  const [title, todo, ...rest] = blocksOf(notice);
  expect(title).toBe(subject);
  if (notice !== update) expect(todo).toBe(first.replace('What to do:', '*What to do:*'));
  expect(rest.at(-1)).toBe(`<${page}|Open in Belay>`);
  const chat = JSON.parse(bodyOf(notice, { id: 'n', at, consoleUrl })).text.split('\n');
  expect([chat[0], chat.at(-1)]).toEqual([subject, page]);
});

test('an update keeps its lines and says at its end when there will be another', () => {
  expect(mailOf(update).text.split('\n\n').slice(0, 3)).toEqual([
    update.title,
    '“treatment” is being taken back.\nWhy: errors rose.',
    'Next: we write again by 2026-11-22 18:30 UTC.',
  ]);
  expect(blocksOf(update)[1]).toBe('“treatment” is being taken back.\nWhy: errors rose.');
  // Of all else nobody but Belay begins a line.
  expect(mailOf(unconfirmed).text).toContain('12 % still show treatment; Rows: 3 too many');
});

test('a digest says of each when, where and what to do', () => {
  const { subject, text } = letterOf(
    [published, due].map((notice) => ({ notice, at })),
    { consoleUrl, personal: true },
  );
  expect(subject).toBe('2 notices: new-checkout in production: Post-mortem published: Slow for an hour');
  expect(text).toContain(
    '2026-11-22 08:00 UTC\nnew-checkout in production: Ada: “Alert on slow payments” is due today\n\nWhat to do: Do it and close it.',
  );
});

test('names that are hostile stay one line each, are no markup and lead nowhere', () => {
  const evil = '</p><script>x</script>\r\nBcc: a@b.test\u202e https://evil.example <!channel>';
  for (const kind of ['status_update', 'rollback_unconfirmed', 'action_due'] as const) {
    const notice: Notice = { ...due, kind, title: evil, text: evil, next: evil, feature: evil, environment: evil };
    const { subject, text, html } = mailOf(notice);
    expect(subject).not.toMatch(/[\r\n\u202e]/);
    expect(`${text}${html}`).not.toMatch(/\u202e|https:\/\/evil/);
    expect(html).not.toMatch(/<script|<!channel/);
    expect(blocksOf(notice).slice(0, -1).join('\n').slice(blocksOf(notice)[0]?.length)).not.toMatch(/[<>]|\u202e/);
    expect(JSON.parse(bodyOf(notice, { id: 'n', at, consoleUrl })).text).not.toMatch(/[<>]|\u202e/);
  }
});
