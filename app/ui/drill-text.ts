/** A drill as YAML text: read for the fields of a form, and changed without losing its comments. */
import { isMap, parseDocument } from 'yaml';
import { weekdays } from '@/lib/drill/model';

const lineWidth = 110;

/** What the text says; nothing where it is no YAML now. */
export function drillIn(text: string): Record<string, unknown> {
  const document = parseDocument(text);
  if (document.errors.length > 0 || !isMap(document.contents)) return {};
  try {
    return document.toJS({ maxAliasCount: 0 }) as Record<string, unknown>;
  } catch {
    return {};
  }
}

/** `path`: a key, or a key and one below it. */
export function valueAt(drill: Record<string, unknown>, path: string): unknown {
  const [key = '', below] = path.split('.');
  const value = drill[key];
  if (below === undefined) return value;
  return value !== null && typeof value === 'object' ? (value as Record<string, unknown>)[below] : undefined;
}

/** A text that is no YAML now is left alone. */
export function withValues(text: string, changes: Record<string, unknown>): string {
  const document = parseDocument(text);
  if (document.errors.length > 0 || !isMap(document.contents)) return text;
  for (const [path, value] of Object.entries(changes)) {
    const [key = '', below] = path.split('.');
    if (below === undefined) document.set(key, document.createNode(value));
    else if (isMap(document.get(key, true))) document.setIn([key, below], document.createNode(value));
    else document.set(key, document.createNode({ [below]: value }));
  }
  return document.toString({ lineWidth });
}

type Window = { days?: string[]; from?: string; to?: string };

/** `mon,tue 09:00-17:00`, one a line; without days: on all of them. */
export function windowLines(windows: unknown): string {
  if (!Array.isArray(windows)) return '';
  return windows
    .map(({ days, from, to }: Window) => {
      const all = !days || days.length === weekdays.length;
      return `${all ? '' : `${days.join(',')} `}${from ?? ''}-${to ?? ''}`;
    })
    .join('\n');
}

/** What is no window is kept as it is, so that whoever checks it can name it. */
export function windowsFrom(lines: string): Window[] {
  return lines
    .split('\n')
    .map((line) => line.trim().toLowerCase())
    .filter((line) => line !== '')
    .map((line) => {
      const found = /^(?:([a-z][a-z, -]*?)\s+)?(\S+?)\s*[-–]\s*(\S+)$/.exec(line);
      if (!found) return { from: line, to: '' };
      const [, days, from = '', to = ''] = found;
      return { ...(days ? { days: days.split(/[\s,]+/).flatMap(daysOf) } : {}), from, to };
    });
}

/** `mon-fri` is five of them. */
function daysOf(word: string): string[] {
  const [first = '', last] = word.split('-');
  const names: readonly string[] = weekdays;
  const [from, to] = [names.indexOf(first), names.indexOf(last ?? first)];
  return from < 0 || to < from ? [word] : names.slice(from, to + 1);
}

/** What there is no value for is left out, so that the text says what somebody has decided. */
export function bareDrill(spec: Record<string, unknown>): Record<string, unknown> {
  const given = Object.entries(spec).filter(([, value]) => value !== null && value !== '');
  return Object.fromEntries(
    given.map(([key, value]) =>
      key === 'objectives' && typeof value === 'object' && value !== null
        ? [key, Object.fromEntries(Object.entries(value).filter(([, v]) => v !== null))]
        : [key, value],
    ),
  );
}
