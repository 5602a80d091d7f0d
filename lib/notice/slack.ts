/**
 * A notice as Slack and what speaks its language show it (incoming webhooks, Block Kit). Pure.
 * https://docs.slack.dev/messaging/formatting-message-text: `&`, `<` and `>` are escaped, and then nothing in a text
 * can be a link, a mention of a person or a call of a channel; `verbatim` keeps what looks like one from becoming one.
 */
import type { Told } from './body';
import { clipped, oneLine } from './plain';

const longestTitle = 150;
const longestText = 2_900;

export function slackBodyOf(notice: Told, consoleUrl: string | null): string {
  const url = consoleUrl === null ? null : new URL(notice.path, consoleUrl).href;
  const [title, said, next] = [notice.title, notice.text, notice.next].map(oneLine);
  const section = (text: string) => ({ type: 'section', text: { type: 'mrkdwn', verbatim: true, text } });
  const blocks = [
    { type: 'header', text: { type: 'plain_text', emoji: false, text: clipped(unheard(title ?? ''), longestTitle) } },
    ...(said ? [section(mrkdwn(said))] : []),
    ...(next ? [section(`*Next:* ${mrkdwn(next)}`)] : []),
    ...(url ? [section(`<${url.replace(/[<>|]/g, encodeURIComponent)}|Open in Belay>`)] : []),
  ];
  return JSON.stringify({ text: mrkdwn(title ?? ''), blocks, unfurl_links: false, unfurl_media: false });
}

function mrkdwn(text: string): string {
  const escaped = unheard(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  // Cut between entities, not within one.
  return escaped.length > longestText ? `${escaped.slice(0, longestText).replace(/&[a-z]*$/, '')}…` : escaped;
}

/** `@channel` calls everybody where a workspace reads names in plain text too. */
const unheard = (text: string): string => text.replace(/@(?=channel|here|everyone)/gi, '@ ');
