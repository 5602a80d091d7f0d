/** A drill as YAML text: read for the fields of a form, and changed without losing its comments. */
import { isCollection, isMap, parseDocument } from 'yaml';
import { weekdays } from '@/lib/drill/schedule-model';

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

/** The steps of `knownGood.checks[0].query`. */
function stepsOf(path: string): Array<string | number> {
  const found = path.match(/[^.[\]]+|\[\d+\]/g) ?? [];
  return found.map((step) => (step.startsWith('[') ? Number(step.slice(1, -1)) : step));
}

export function valueAt(drill: Record<string, unknown>, path: string): unknown {
  return stepsOf(path).reduce<unknown>(
    (value, step) =>
      value !== null && typeof value === 'object' ? (value as Record<string | number, unknown>)[step] : undefined,
    drill,
  );
}

/** A text that is no YAML now is left alone. `undefined` takes a key out. */
export function withValues(text: string, changes: Record<string, unknown>): string {
  const document = parseDocument(text);
  if (document.errors.length > 0 || !isMap(document.contents)) return text;
  for (const [path, value] of Object.entries(changes)) put(document, stepsOf(path), value);
  return document.toString({ lineWidth });
}

function put(document: ReturnType<typeof parseDocument>, steps: Array<string | number>, value: unknown): void {
  const whole = (length: number) => isCollection(document.getIn(steps.slice(0, length), true));
  const missing = steps.findIndex((_, i) => i > 0 && !whole(i));
  if (value === undefined) {
    if (missing < 0) document.deleteIn(steps);
    return;
  }
  // What says nothing yet, or something else, becomes what has this key.
  const at = missing < 0 ? steps.length : missing;
  const nested = steps.slice(at).reduceRight<unknown>((inner, step) => ({ [step]: inner }), value);
  document.setIn(steps.slice(0, at), document.createNode(nested));
}

type Window = { days?: string[]; from?: string; to?: string };

/** `mon,tue 09:00-17:00`, one a line; without days: on all of them. */
export function windowLines(windows: unknown): string {
  if (!Array.isArray(windows)) return '';
  return windows
    .map(({ days, from, to }: Window) => {
      const all = !days || days.length === weekdays.length;
      return `${all ? '' : `${daysText(days)} `}${from ?? ''}-${to ?? ''}`;
    })
    .join('\n');
}

/** `mon-fri`, where they follow one another. */
function daysText(days: string[]): string {
  const names: readonly string[] = weekdays;
  const [first = '', last = ''] = [days[0], days.at(-1)];
  const from = names.indexOf(first);
  const inRow = days.length > 2 && from >= 0 && days.every((day, i) => names[from + i] === day);
  return inRow ? `${first}-${last}` : days.join(',');
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
  return bare(spec, '') as Record<string, unknown>;
}

/** Where nothing means something: the fault fails no request. */
const meant = new Set(['fault.status']);

function bare(value: unknown, path: string): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  const kept = Object.entries(value).flatMap(([key, inner]) => {
    const at = path === '' ? key : `${path}.${key}`;
    const left = bare(inner, at);
    return saysNothing(left) && !meant.has(at) ? [] : [[key, left] as const];
  });
  return Object.fromEntries(kept);
}

function saysNothing(value: unknown): boolean {
  if (value === null || value === undefined || value === '' || value === false) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}
