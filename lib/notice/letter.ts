/** Notices as a mail: one by itself, or several that came close together as one. Pure. */
import { escaped } from '@/lib/mail/escape';
import type { Told } from './body';
import { clipped, oneLine, unlinked } from './plain';

export type Item = { notice: Told; at: Date };
type Letter = { subject: string; text: string; html: string; headers: Record<string, string> };
type Of = { consoleUrl: string | null; personal: boolean };

const longestSubject = 150;
export const mostInOne = 50;

export function letterOf(items: Item[], { consoleUrl, personal }: Of): Letter {
  const [first] = items;
  if (!first) throw new Error('a mail without a notice');
  const settings = consoleUrl && new URL(personal ? '/settings#my-notices' : '/settings#notices', consoleUrl).href;
  const title = oneLine(first.notice.title);
  const parts = items.map((item) => partOf(item, consoleUrl, items.length > 1));
  const why = personal
    ? 'Belay tells you this because you have asked for it.'
    : 'Belay tells this address because an administrator has asked for it.';
  const intro = items.length > 1 ? `${items.length} notices came close together. The oldest is first.` : null;
  const change = personal ? 'Change what you are told' : 'Change what is told';
  return {
    subject: clipped(items.length > 1 ? `${items.length} notices: ${title}` : title, longestSubject),
    text: [
      ...(intro ? [intro] : []),
      ...parts.map((part) => part.text),
      `-- \n${why}${settings ? `\n${change}: ${settings}` : ''}`,
    ].join('\n\n'),
    html: [
      '<!doctype html><html lang="en"><head><meta charset="utf-8"></head>',
      '<body style="font:15px/1.5 system-ui,sans-serif;max-width:640px;margin:0 auto;padding:16px">',
      intro ? `<p>${intro}</p>` : '',
      parts.map((part) => part.html).join('<hr style="border:0;border-top:1px solid #ccc">'),
      '<hr style="border:0;border-top:1px solid #ccc">',
      `<p style="font-size:13px;color:#555">${why}${settings ? ` ${link(settings, change)}` : ''}</p>`,
      '</body></html>',
    ].join(''),
    headers: settings ? { 'List-Unsubscribe': `<${settings}>` } : {},
  };
}

function partOf({ notice, at }: Item, consoleUrl: string | null, dated: boolean): { text: string; html: string } {
  const url = consoleUrl === null ? null : new URL(notice.path, consoleUrl).href;
  const [title = '', said = '', next = ''] = [notice.title, notice.text, notice.next].map((t) => unlinked(oneLine(t)));
  const when = `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  const bdi = (text: string) => `<bdi>${escaped(text)}</bdi>`;
  return {
    text: [
      dated ? `${when}\n${title}` : title,
      ...(said ? [said] : []),
      ...(next ? [`Next: ${next}`] : []),
      ...(url ? [url] : []),
    ].join('\n\n'),
    html: [
      dated ? `<p style="font-size:13px;color:#555;margin:16px 0 0">${when}</p>` : '',
      `<p><strong>${bdi(title)}</strong></p>`,
      said ? `<p>${bdi(said)}</p>` : '',
      next ? `<p><strong>Next:</strong> ${bdi(next)}</p>` : '',
      url ? `<p>${link(url, 'Open in Belay')}</p>` : '',
    ].join(''),
  };
}

const link = (url: string, text: string): string => `<a href="${escaped(url)}" rel="noopener">${text}</a>`;
