/** A notice as it goes out: data for machines, and one text that a chat can show as it is. Pure. */
import type { Notice, NoticeKind } from './model';
import { oneLine, plain } from './plain';
import { headlineOf, linesOf } from './reading';

export type Told = Omit<Notice, 'kind'> & { kind: NoticeKind | 'test' };
type Envelope = { id: string; at: Date; consoleUrl: string | null };

export function bodyOf(notice: Told, { id, at, consoleUrl }: Envelope): string {
  const { kind, title, text, next, environment, feature, rolloutId, rollbackId, path } = notice;
  const url = consoleUrl === null ? null : new URL(path, consoleUrl).href;
  return JSON.stringify({
    type: 'belay.notice',
    timestamp: at.toISOString(),
    text: chatText(notice, url),
    data: { id, kind, title, text, next, environment, feature, rolloutId, rollbackId, path, url },
  });
}

/** What happened where, the rest of it, what to do, and the page: a line each. */
export function chatText(notice: Told, url: string | null): string {
  const next = oneLine(notice.next);
  const lines = [headlineOf(notice), ...linesOf(notice), next === '' ? '' : `Next: ${next}`].map(unmarked);
  return [...lines.filter((line) => line !== ''), ...(url === null ? [] : [url])].join('\n');
}

/** Names come from outside, and a chat reads `<!channel>` or `<https://…|this>` as more than text. */
const unmarked = (text: string): string => plain(text).replaceAll('<', '‹').replaceAll('>', '›');
