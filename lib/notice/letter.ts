/** Notices as a mail: one by itself, or several that came close together as one. Pure. */
import { escaped } from '@/lib/mail/escape';
import type { Told } from './body';
import { clipped, unlinked } from './plain';
import { headlineOf, linesOf, nextOf } from './reading';

export type Item = { notice: Told; at: Date };
type Letter = { subject: string; text: string; html: string; headers: Record<string, string> };
type Of = { consoleUrl: string | null; personal: boolean };

const longestSubject = 150;
export const mostInOne = 50;

export function letterOf(items: Item[], { consoleUrl, personal }: Of): Letter {
  const [first] = items;
  if (!first) throw new Error('a mail without a notice');
  const settings = consoleUrl && new URL(personal ? '/settings#my-notices' : '/settings#notices', consoleUrl).href;
  const title = headlineOf(first.notice);
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

/** What to do comes first: it is what a list of mails shows beside the subject. */
function partOf({ notice, at }: Item, consoleUrl: string | null, dated: boolean): { text: string; html: string } {
  const url = consoleUrl === null ? null : new URL(notice.path, consoleUrl).href;
  const title = unlinked(headlineOf(notice));
  const said = linesOf(notice).map(unlinked);
  const next = nextOf(notice);
  const todo = next ? { label: next.label, text: unlinked(next.text) } : null;
  const [before, after] = next?.first ? [todo, null] : [null, todo];
  const when = `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  const bdi = (text: string) => `<bdi>${escaped(text)}</bdi>`;
  const spoken = (of: typeof todo) => (of ? [`${of.label}: ${of.text}`] : []);
  const shown = (of: typeof todo) => (of ? `<p><strong>${of.label}:</strong> ${bdi(of.text)}</p>` : '');
  return {
    text: [
      ...(dated ? [`${when}\n${title}`] : []),
      ...spoken(before),
      ...(dated ? [] : [title]),
      ...(said.length > 0 ? [said.join('\n')] : []),
      ...spoken(after),
      ...(url ? [url] : []),
    ].join('\n\n'),
    html: [
      dated
        ? `<p style="font-size:13px;color:#555;margin:16px 0 0">${when}</p><p><strong>${bdi(title)}</strong></p>`
        : '',
      shown(before),
      dated ? '' : `<p><strong>${bdi(title)}</strong></p>`,
      said.map((line) => `<p>${bdi(line)}</p>`).join(''),
      shown(after),
      url ? `<p>${link(url, 'Open in Belay')}</p>` : '',
    ].join(''),
  };
}

const link = (url: string, text: string): string => `<a href="${escaped(url)}" rel="noopener">${text}</a>`;
