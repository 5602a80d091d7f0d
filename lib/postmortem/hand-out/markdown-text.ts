/**
 * The one place where words from outside become Markdown. Pure.
 *
 * `escaped` is for text that is no Markdown: names, reasons, sentences. `harmless` is for what people write as Markdown:
 * it is read by a parser, everything that could load, run or lead elsewhere is taken out of the tree, and the tree is
 * written down again, so nothing that the parser did not understand is left in it.
 */
import remarkGfm from 'remark-gfm';
import remarkParse from 'remark-parse';
import remarkStringify from 'remark-stringify';
import { unified } from 'unified';
import { plain } from '../draft/sentence';

/** Does not show and breaks no line, and keeps readers from making a link or a mention of a name. */
const joiner = '\u2060';

/** Text within a line that is begun by something else. What its ends make with their neighbours is thought of, too. */
export function inline(text: string, most = 600): string {
  return plain(text, most)
    .replace(/[\\`*[\]<>|~$]/g, '\\$&')
    .replace(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, '\\_')
    .replace(/&(?=[#\w]|$)/g, '\\&')
    .replace(/(?:^|:)(?=\/\/)/g, `$&${joiner}`)
    .replace(/:$/, `:${joiner}`)
    .replace(/www(?=\.|$)/gi, `$&${joiner}`)
    .replace(/@(?=\S|$)/g, `@${joiner}`)
    .replace(/^\(/, '\\(');
}

/** What begins a line begins no list, heading or rule, and what ends it closes none. */
export const begun = (line: string): string =>
  line
    .trim()
    .replace(/^[#+\-=](?!$)|^[+\-=]$/, '\\$&')
    .replace(/^(\d{1,9})([.)])/, '$1\\$2')
    .replace(/(?<=^|\s)#+$/, '\\$&');

/** One line of text that reads as it is, in a paragraph, a heading, a list item or a cell of a table. */
export const escaped = (text: string, most?: number): string => begun(inline(text, most));

export const unescaped = (text: string): string => text.replaceAll(joiner, '');

/** Reads alike in a code span, whatever is in it: ours alone, such as a hash. */
export const code = (text: string): string => `\`${text.replace(/[^\w:./+-]/g, '')}\``;

/** The parts of a parsed Markdown that are touched; the rest is left to the library. */
type Node = {
  type: string;
  value?: string;
  url?: string;
  alt?: string | null;
  title?: string | null;
  depth?: number;
  identifier?: string;
  label?: string | null;
  checked?: boolean | null;
  children?: Node[];
};

/** Reading directions of single characters stay, for people write in many scripts; what turns others round does not. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be written
const turning = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\u2028\u2029\ufeff]/g;
const most = 50_000;
/** Deeper nesting says nothing to a reader and costs the stack of whoever draws it. */
const deepest = 24;
const nested = new RegExp(`^(?:[ \\t]*(?:>|[-*+][ \\t]|\\d{1,9}[.)][ \\t])){${deepest},}`);
/** A parser's time grows with the square of a paragraph's marks: one with more of them than anybody types is text. */
const mostMarks = 800;
const lookalikes: Record<string, string> = {
  '*': '∗',
  _: '＿',
  '~': '∼',
  '[': '［',
  ']': '］',
  '`': 'ˋ',
  '<': '‹',
  '|': '∣',
};
const asText = (paragraph: string): string =>
  (paragraph.match(/[*_~[\]`<|]/g) ?? []).length > mostMarks
    ? paragraph.replace(/[*_~[\]`<|]/g, (mark) => lookalikes[mark] ?? mark)
    : paragraph;

/**
 * People's Markdown with nothing in it but text, emphasis, lists, tables, code and links to http, https and mailto.
 * HTML is shown as the text that it is; a picture is a link to it.
 * @param headings of the first level become this deep
 */
export function harmless(text: string, headings = 3): string {
  const tamed = text
    .slice(0, most)
    .replace(/\r\n?/g, '\n')
    .replace(turning, '\ufffd')
    .split(/(\n[ \t]*\n)/)
    .map(asText)
    .join('')
    .split('\n')
    .map((line) => (nested.test(line) ? line.replace(/^[\s>*+\-\d.)]+/, '') : line))
    .join('\n');
  if (tamed.trim() === '') return '';
  try {
    const tree = read.parse(tamed);
    clean(tree as Node, { headings, links: definitions(tree as Node), depth: 0 });
    return write.stringify(tree).trim();
  } catch (error) {
    // What is nested too deep for the stack, too, is shown: as text.
    if (!(error instanceof RangeError)) throw error;
    return tamed
      .split(/\n\s*\n/)
      .map((paragraph) => escaped(paragraph, most))
      .join('\n\n');
  }
}

const read = unified().use(remarkParse).use(remarkGfm);
const write = unified()
  .use(remarkGfm, { tablePipeAlign: false })
  .use(remarkStringify, { bullet: '-', emphasis: '*', rule: '-', fences: true });

const allowed = (url: string): boolean => /^(?:https?:\/\/|mailto:)[^\s\\]/i.test(url);

function definitions(tree: Node): Map<string, string> {
  const found = new Map<string, string>();
  const visit = (node: Node): void => {
    if (node.type === 'definition' && node.identifier !== undefined && !found.has(node.identifier))
      found.set(node.identifier, node.url ?? '');
    for (const child of node.children ?? []) visit(child);
  };
  visit(tree);
  return found;
}

type Cleaning = { headings: number; links: Map<string, string>; depth: number };

function clean(node: Node, of: Cleaning): void {
  if (of.depth > deepest * 2) throw new RangeError('nested too deep');
  const block = node.type === 'root' || node.type === 'blockquote' || node.type === 'listItem';
  node.children = node.children?.flatMap((child) => cleaned(child, of, block));
}

function cleaned(node: Node, of: Cleaning, block: boolean): Node[] {
  const inner = { ...of, depth: of.depth + 1 };
  const words = (value: string): Node[] => {
    const text = { type: 'text', value };
    return value === '' ? [] : block ? [{ type: 'paragraph', children: [text] }] : [text];
  };
  switch (node.type) {
    case 'html':
      return words(node.value ?? '');
    case 'image':
    case 'imageReference':
      return picture(node, of);
    case 'definition':
      return [];
    case 'footnoteDefinition':
      clean(node, inner);
      return node.children ?? [];
    case 'footnoteReference':
      return words(`[^${node.label ?? node.identifier ?? ''}]`);
    case 'link':
    case 'linkReference': {
      clean(node, inner);
      const url = node.type === 'link' ? (node.url ?? '') : (of.links.get(node.identifier ?? '') ?? '');
      const children = node.children ?? [];
      return allowed(url) ? [{ type: 'link', url, title: null, children }] : children;
    }
    case 'heading':
      node.depth = Math.min(6, (node.depth ?? 1) + of.headings - 1);
      break;
  }
  clean(node, inner);
  return [node];
}

function picture(node: Node, of: Cleaning): Node[] {
  const url = node.type === 'image' ? (node.url ?? '') : (of.links.get(node.identifier ?? '') ?? '');
  const text: Node = { type: 'text', value: `Picture: ${node.alt || 'without a name'}` };
  return allowed(url) ? [{ type: 'link', url, title: null, children: [text] }] : [text];
}
