/** A notice as it goes out: data for machines, and one text that a chat can show as it is. Pure. */
import type { Notice, NoticeKind } from './model';
import { oneLine, plain } from './plain';

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

/** Title, what happened, what to do, where: a line each. */
export function chatText({ title, text, next }: Pick<Told, 'title' | 'text' | 'next'>, url: string | null): string {
  const said = oneLine(text);
  const lines = [title, said, next === '' ? '' : `Next: ${next}`].map(unmarked).filter((line) => line !== '');
  return [...lines, ...(url === null ? [] : [url])].join('\n');
}

/** Names come from outside, and a chat reads `<!channel>` or `<https://…|this>` as more than text. */
const unmarked = (text: string): string => plain(text).replaceAll('<', '‹').replaceAll('>', '›');
