/** Text from outside on its way to people elsewhere. Pure. */

/** One line; what would hide or turn round the rest of it is shown as a mark. */
export function plain(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/[\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u{e0000}-\u{e007f}]/gu, '\ufffd')
    .trim();
}

/** What failed at several places stands in one line: only Belay begins a new one. */
export const oneLine = (text: string): string => plain(text.replace(/\s*\n\s*/g, '; '));

/** An address in a name leads nowhere: readers of mail make links of what looks like one. */
export function unlinked(text: string): string {
  return plain(text)
    .replaceAll('://', '[://]')
    .replace(/\bwww\./gi, 'www[.]')
    .replace(/\b(mailto|javascript|data):/gi, '$1[:]');
}

export function clipped(text: string, most: number): string {
  const letters = [...text];
  return letters.length > most ? `${letters.slice(0, most - 1).join('')}…` : text;
}
