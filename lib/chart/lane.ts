/** The lane of event marks that all charts of a page share. */
import type { Mark } from './model';

const worst: Mark['tone'][] = ['bad', 'warn', 'good', 'plain'];

/** Marks nearer than `apart` (a share of the range) become one that lists them all; the gravest tone shows. */
export function toMarks(
  events: Array<Mark['events'][number] & { tone: Mark['tone'] }>,
  range: { from: number; to: number },
  apart = 0.012,
): Mark[] {
  const marks: Mark[] = [];
  const inside = events
    .filter((e) => e.at >= range.from && e.at <= range.to)
    .sort((a, b) => a.at - b.at || a.seq - b.seq);
  for (const { tone, ...event } of inside) {
    const x = (event.at - range.from) / (range.to - range.from);
    const last = marks.at(-1);
    if (last && x - last.x < apart) {
      last.events.push(event);
      if (worst.indexOf(tone) < worst.indexOf(last.tone)) last.tone = tone;
    } else marks.push({ at: event.at, x, tone, events: [event] });
  }
  return marks;
}
