/** The lane of event marks that all charts of a page share. */
import type { Mark } from './model';

const worst: Mark['tone'][] = ['bad', 'warn', 'good', 'plain'];

/** One mark an event, in order; what lies outside the range is left out. */
export function toMarks(
  events: Array<Mark['events'][number] & { tone: Mark['tone'] }>,
  range: { from: number; to: number },
): Mark[] {
  return events
    .filter((e) => e.at >= range.from && e.at <= range.to)
    .sort((a, b) => a.at - b.at || a.seq - b.seq)
    .map(({ tone, ...event }) => ({
      at: event.at,
      x: (event.at - range.from) / (range.to - range.from),
      tone,
      events: [event],
    }));
}

/** Marks nearer than `apart` (a share of the range) become one that lists them all; the gravest tone shows. */
export function joinMarks(marks: Mark[], apart: number): Mark[] {
  const joined: Mark[] = [];
  for (const mark of marks) {
    const last = joined.at(-1);
    if (last && mark.x - last.x < apart) {
      last.events.push(...mark.events);
      if (worst.indexOf(mark.tone) < worst.indexOf(last.tone)) last.tone = mark.tone;
    } else joined.push({ ...mark, events: [...mark.events] });
  }
  return joined;
}
