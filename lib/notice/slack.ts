/**
 * A notice as Slack and what speaks its language show it (incoming webhooks, Block Kit). Pure.
 * https://docs.slack.dev/messaging/formatting-message-text: `&`, `<` and `>` are escaped, and then nothing in a text
 * can be a link, a mention of a person or a call of a channel; `verbatim` keeps what looks like one from becoming one.
 */
import type { Told } from './body';
import { clipped } from './plain';
import { headlineOf, linesOf, nextOf } from './reading';

const longestTitle = 150;
const longestText = 2_900;

export function slackBodyOf(notice: Told, consoleUrl: string | null): string {
  const url = consoleUrl === null ? null : new URL(notice.path, consoleUrl).href;
  const title = headlineOf(notice);
  const said = linesOf(notice).map(mrkdwn).join('\n');
  const next = nextOf(notice);
  const section = (text: string) => ({ type: 'section', text: { type: 'mrkdwn', verbatim: true, text } });
  const todo = next ? [section(`*${next.label}:* ${mrkdwn(next.text)}`)] : [];
  const blocks = [
    { type: 'header', text: { type: 'plain_text', emoji: false, text: clipped(unheard(title), longestTitle) } },
    ...(next?.first ? todo : []),
    ...(said ? [section(cut(said))] : []),
    ...(next?.first ? [] : todo),
    ...(url ? [section(`<${url.replace(/[<>|]/g, encodeURIComponent)}|Open in Belay>`)] : []),
  ];
  return JSON.stringify({ text: mrkdwn(title), blocks, unfurl_links: false, unfurl_media: false });
}

const mrkdwn = (text: string): string =>
  cut(unheard(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;'));

/** Between entities, not within one. */
const cut = (escaped: string): string =>
  escaped.length > longestText ? `${escaped.slice(0, longestText).replace(/&[a-z]*$/, '')}…` : escaped;

/** `@channel` calls everybody where a workspace reads names in plain text too. */
const unheard = (text: string): string => text.replace(/@(?=channel|here|everyone)/gi, '@ ');
