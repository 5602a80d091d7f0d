/** The one mail that goes to a mailbox that nobody has confirmed yet. Pure. */
import { escaped } from '@/lib/mail/escape';
import { clipped, oneLine, unlinked } from './plain';

/** `shared`: whoever reads it hands the code to an administrator. */
type Of = { name: string; shared: boolean; code: string; consoleUrl: string | null; at: Date };
type Letter = { subject: string; at: Date; text: string; html: string };

export const codeLetter = (of: Of): Letter => (of.shared ? sharedLetter(of) : ownLetter(of));

const shownAs = (code: string): string => (code.match(/.{1,4}/g) ?? []).join('-');

function ownLetter({ name, code, consoleUrl, at }: Of): Letter {
  const shown = shownAs(code);
  const url = consoleUrl && new URL(`/settings?confirm=${shown}#my-notices`, consoleUrl).href;
  const who = clipped(unlinked(oneLine(name)), 80);
  const type = `type this code under Settings, My notices: ${shown}`;
  const what = `Belay tells people by mail how releases go. ${who} has asked for that, at this mailbox.`;
  const limits = 'It holds for 24 hours, works once, and only for who asked for it.';
  const not = 'If that was not you, do nothing: no other mail will come here.';
  const todo = url ? `Sign in as ${who}, open this link and press Confirm` : `Sign in as ${who} and ${type}`;
  return {
    subject: 'Belay: confirm that this mailbox is yours',
    at,
    text: `${[url ? `${todo}:\n${url}\n\nOr ${type}` : todo, limits, what, not].join('\n\n')}\n`,
    html: page([
      `<p><bdi>${escaped(todo)}</bdi>${url ? `: <a href="${escaped(url)}" rel="noopener">Confirm this mailbox</a>` : ''}</p>`,
      url ? `<p>Or ${escaped(type)}</p>` : '',
      `<p>${limits}</p>`,
      `<p><bdi>${escaped(what)}</bdi> ${not}</p>`,
    ]),
  };
}

/** No link: whoever reads there may have nothing to sign in with. */
function sharedLetter({ name, code, consoleUrl, at }: Of): Letter {
  const who = clipped(unlinked(oneLine(name)), 80);
  const where = consoleUrl ? ` (${new URL('/settings', consoleUrl).href})` : '';
  const lines = [
    `${who} wants Belay to tell this mailbox how releases go.`,
    `If that is welcome, hand this code to ${who} or to another administrator: ${shownAs(code)}`,
    `They type it under Settings, Notices${where}. It holds for 24 hours and works once.`,
    'If nobody here wants that, do nothing: no other mail will come here.',
  ];
  return {
    subject: 'Belay: may notices come to this mailbox?',
    at,
    text: `${lines.join('\n\n')}\n`,
    html: page(lines.map((line) => `<p><bdi>${escaped(line)}</bdi></p>`)),
  };
}

const page = (parts: string[]): string =>
  [
    '<!doctype html><html lang="en"><head><meta charset="utf-8"></head>',
    '<body style="font:15px/1.5 system-ui,sans-serif;max-width:640px;margin:0 auto;padding:16px">',
    ...parts,
    '</body></html>',
  ].join('');
