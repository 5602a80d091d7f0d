import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SkipReason } from '../model';
import { type Schedule, scheduleInput, type Window, weekdays } from '../schedule-model';
import { cronFault } from './cron';
import { atEase, dueOf, graceMs, namedTimes, nextRun, nextRuns, scheduleFaults, whyNot } from './schedule';
import { calendarOf, minutesIn } from './window';
import { instantOf, isZone, wallText } from './zone';

const zones = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'Pacific/Apia',
  'America/Santiago',
  'America/St_Johns',
  'Africa/Casablanca',
  'Pacific/Chatham',
  'Africa/Cairo',
  'America/Havana',
  'Antarctica/Troll',
  'Asia/Tehran',
];
const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const at = (text: string) => new Date(text);
const schedule = (over: object = {}): Schedule => scheduleInput.parse({ cron: '0 9 * * *', ...over });
const iso = (times: Date[]) => times.map((t) => t.toISOString().replace(':00.000Z', 'Z'));
const runs = (over: object, from: string, count: number) => iso(nextRuns(schedule(over), at(from), count));

const swedish = new Map(
  [...new Set([...zones, ...Intl.supportedValuesOf('timeZone')])].map((timeZone) => [
    timeZone,
    new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' }),
  ]),
);
/** Read another way than the code does: a second opinion. */
function clock(zone: string, instant: number): { wall: number; date: string; minutes: number; weekday: number } {
  const text = swedish.get(zone)?.format(instant) ?? '';
  const wall = Date.parse(`${text.replace(' ', 'T')}Z`);
  const shown = new Date(wall);
  return {
    wall,
    date: text.slice(0, 10),
    minutes: shown.getUTCHours() * 60 + shown.getUTCMinutes(),
    weekday: (shown.getUTCDay() + 6) % 7,
  };
}
const spelled = (wall: number) => clock('UTC', wall);
const minutesOf = (text: string) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3));
function isIn({ days, from, to }: Window, shown: ReturnType<typeof clock>): boolean {
  const [a, b] = [minutesOf(from), minutesOf(to)];
  const on = (weekday: number) => days.includes(weekdays[(weekday + 7) % 7] ?? 'mon');
  if (a < b) return on(shown.weekday) && shown.minutes >= a && shown.minutes < b;
  return (on(shown.weekday) && shown.minutes >= a) || (on(shown.weekday - 1) && shown.minutes < b);
}
function isOpen(s: Schedule, shown: ReturnType<typeof clock>): boolean {
  if (s.blackout.includes(shown.date) || s.blocked.some((w) => isIn(w, shown))) return false;
  return s.allowed.length === 0 || s.allowed.some((w) => isIn(w, shown));
}

/** All that this machine knows, and those above more often: they are the odd ones. */
const everyZone = Intl.supportedValuesOf('timeZone');
/** Starts of 2026 and 2027 in which every zone changes its clocks, or does not. */
const anInstant = fc
  .integer({ min: Date.UTC(2026, 0, 1) / minute, max: Date.UTC(2027, 11, 31) / minute })
  .map((m) => m * minute);
const aZone = fc.oneof(fc.constantFrom(...zones), fc.constantFrom(...everyZone));
const two = (n: number) => String(n).padStart(2, '0');
const aTime = fc.integer({ min: 0, max: 95 }).map((q) => `${two(Math.floor(q / 4))}:${two((q % 4) * 15)}`);
const aWindow = fc
  .record({ days: fc.subarray([...weekdays], { minLength: 1 }), from: aTime, to: aTime })
  .filter((w) => w.from !== w.to);
/** Minutes, hours and weekdays as lists, so that whether one is named needs no cron to be read. */
const aRule = fc.record({
  minutes: fc.uniqueArray(fc.integer({ min: 0, max: 59 }), { minLength: 1, maxLength: 3 }),
  hours: fc.uniqueArray(fc.integer({ min: 0, max: 23 }), { minLength: 1, maxLength: 24 }),
  days: fc.subarray([0, 1, 2, 3, 4, 5, 6], { minLength: 1 }),
});
type Rule = typeof aRule extends fc.Arbitrary<infer R> ? R : never;
const cronOf = (r: Rule) => `${r.minutes.join(',')} ${r.hours.join(',')} * * ${r.days.map((d) => d + 1).join(',')}`;
const isNamed = (r: Rule, shown: ReturnType<typeof clock>) =>
  r.days.includes(shown.weekday) &&
  r.hours.includes(Math.floor(shown.minutes / 60)) &&
  r.minutes.includes(shown.minutes % 60);
const aSchedule = fc
  .record({
    rule: aRule,
    timeZone: aZone,
    allowed: fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, fc.array(aWindow, { minLength: 1, maxLength: 2 })),
    blocked: fc.array(aWindow, { maxLength: 2 }),
    dark: fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 2 }),
    missed: fc.constantFrom('skip' as const, 'run_once' as const),
  })
  .map(({ rule, dark, ...rest }) => ({ rule, dark, of: schedule({ cron: cronOf(rule), ...rest }) }));

/** Whoever changes at the same instant, by as much and from the same offset, is the same clock. */
const changes = everyZone.flatMap((zone) => {
  const offset = (t: number) => clock(zone, t).wall - t;
  const found: Array<{ zone: string; from: number; kind: string }> = [];
  for (let t = Date.UTC(2026, 0, 1), before = offset(t); t < Date.UTC(2028, 0, 1); t += day) {
    const after = offset(t + day);
    if (before !== after) found.push({ zone, from: t, kind: `${t} ${before} ${after}` });
    before = after;
  }
  return found;
});

/** A little before a change of the clocks of the zone, or somewhere where it has none. */
function nearChange(zone: string, from: number): number {
  const offset = (t: number) => clock(zone, t).wall - t;
  for (let t = from; t < from + 366 * day; t += day) if (offset(t) !== offset(t + day)) return t - 12 * hour;
  return from;
}

describe('a wall clock', () => {
  test('the instant of a wall is the first at which it shows that or later', () => {
    fc.assert(
      fc.property(aZone, anInstant, fc.integer({ min: -36 * 60, max: 36 * 60 }), (zone, from, off) => {
        const wall = clock(zone, nearChange(zone, from) + 24 * hour).wall + off * minute;
        const found = instantOf(zone, wall);
        expect(clock(zone, found).wall).toBeGreaterThanOrEqual(wall);
        for (let back = minute; back < 27 * hour; back += 15 * minute)
          expect(clock(zone, found - back).wall).toBeLessThan(wall);
      }),
      { numRuns: 60 },
    );
  });

  test.each([
    ['Europe/Berlin', '2026-03-29T02:30Z', '2026-03-29T01:00:00.000Z'],
    ['Europe/Berlin', '2026-10-25T02:30Z', '2026-10-25T00:30:00.000Z'],
    ['Australia/Lord_Howe', '2026-10-04T02:15Z', '2026-10-03T15:30:00.000Z'],
    ['America/Havana', '2026-03-08T00:30Z', '2026-03-08T05:00:00.000Z'],
    // A day that Samoa never had.
    ['Pacific/Apia', '2011-12-30T09:00Z', '2011-12-30T10:00:00.000Z'],
    ['Asia/Kathmandu', '2026-05-05T09:00Z', '2026-05-05T03:15:00.000Z'],
  ])('in %s of %s is %s', (zone, wall, instant) => {
    expect(new Date(instantOf(zone, Date.parse(wall))).toISOString()).toBe(instant);
  });

  test('has a zone of the IANA database', () => {
    for (const zone of zones) expect(isZone(zone)).toBe(true);
    for (const none of ['+02:00', 'Europe/Atlantis', '', 'Berlin', '../etc']) expect(isZone(none)).toBe(false);
  });
});

describe('the times of a schedule', () => {
  test('are those that a walk over every minute finds: near changes of the clocks, in windows, without blackouts', () => {
    fc.assert(
      fc.property(aSchedule, anInstant, ({ rule, dark, of }, around) => {
        const from = nearChange(of.timeZone, around);
        const s = { ...of, blackout: dark.slice(0, 1).map((d) => clock(of.timeZone, from + (d % 3) * day).date) };
        const until = from + 3 * day;
        const wanted: number[] = [];
        let seen = clock(s.timeZone, from).wall;
        for (let t = from - 4 * hour; t <= from; t += minute) seen = Math.max(seen, clock(s.timeZone, t).wall);
        for (let t = from + minute; t <= until; t += minute) {
          const shown = clock(s.timeZone, t);
          // Every minute that the wall clock has reached or leapt over, and never before shown.
          for (let w = seen + minute; w <= shown.wall; w += minute)
            if (isNamed(rule, spelled(w)) && isOpen(s, spelled(w)) && isOpen(s, shown) && wanted.at(-1) !== t)
              wanted.push(t);
          seen = Math.max(seen, shown.wall);
        }
        expect(iso(nextRuns(s, new Date(from), 10_000, new Date(until)))).toEqual(iso(wanted.map((t) => new Date(t))));
      }),
      { numRuns: 40 },
    );
  }, 120_000);

  test('come one after another, never where it is closed, and go on from any of them', () => {
    fc.assert(
      fc.property(aSchedule, anInstant, fc.nat(11), ({ of, dark }, from, k) => {
        const s = { ...of, blackout: dark.map((d) => clock(of.timeZone, from + d * day).date) };
        const found = nextRuns(s, new Date(from), 24);
        found.forEach((time, i) => {
          expect(time.getTime()).toBeGreaterThan(i === 0 ? from : (found[i - 1]?.getTime() ?? 0));
          expect(isOpen(s, clock(s.timeZone, time.getTime()))).toBe(true);
          expect(whyNot(s, time, atEase)).toBe(null);
        });
        const seam = found[k];
        if (seam) expect(iso(nextRuns(s, seam, 23 - k))).toEqual(iso(found.slice(k + 1)));
      }),
      { numRuns: 150 },
    );
  });

  test('of every zone there is, at each kind of change of its clocks: those of a walk over every minute', () => {
    const kinds = new Map(changes.map((change) => [change.kind, change]));
    expect(kinds.size).toBeGreaterThan(20);
    const quarters = schedule({ cron: '*/15 * * * *' });
    for (const { zone, from } of kinds.values()) {
      const wanted: number[] = [];
      let seen = clock(zone, from - minute).wall;
      for (let t = from - 6 * hour; t < from; t += minute) seen = Math.max(seen, clock(zone, t).wall);
      for (let t = from; t < from + 27 * hour; t += minute) {
        const { wall } = clock(zone, t);
        if (Math.floor(wall / (15 * minute)) > Math.floor(seen / (15 * minute))) wanted.push(t);
        seen = Math.max(seen, wall);
      }
      const found = nextRuns({ ...quarters, timeZone: zone }, new Date(from - 1), 200, new Date(from + 27 * hour - 1));
      expect(iso(found), zone).toEqual(iso(wanted.map((t) => new Date(t))));
    }
  }, 120_000);

  test('of every zone that changes its clocks, once a day: one for each of 400 days, as far apart as days are', () => {
    const clocks = new Map(everyZone.map((zone) => [changes.filter((c) => c.zone === zone).map((c) => c.kind), zone]));
    const byChanges = new Map([...clocks].map(([kinds, zone]) => [kinds.join(), zone]));
    for (const zone of byChanges.values()) {
      // The hours in which clocks change.
      const [time = 0] = fc.sample(fc.integer({ min: 0, max: 4 * 60 - 1 }), 1);
      const cron = `${time % 60} ${Math.floor(time / 60)} * * *`;
      const found = nextRuns(schedule({ cron, timeZone: zone }), new Date(Date.UTC(2026, 0, 1)), 730);
      expect(found, `${zone} ${cron}`).toHaveLength(400);
      found.slice(1).forEach((at, i) => {
        const apart = at.getTime() - (found[i]?.getTime() ?? 0);
        expect(Math.abs(apart - day), `${zone} ${cron} ${at.toISOString()}`).toBeLessThanOrEqual(3 * hour);
      });
    }
  }, 120_000);

  test('are as far apart as the cron says, on the wall clock, wherever no clock changes', () => {
    fc.assert(
      fc.property(aZone, anInstant, fc.constantFrom(1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30), (zone, from, every) => {
        const found = nextRuns(schedule({ cron: `*/${every} * * * *`, timeZone: zone }), new Date(from), 200);
        const walls = found.map((t) => clock(zone, t.getTime()).wall);
        found.slice(1).forEach((time, i) => {
          const before = found[i] ?? time;
          const [wall = 0, last = 0] = [walls[i + 1], walls[i]];
          const steady = wall - last === time.getTime() - before.getTime();
          if (steady && last % (every * minute) === 0) expect(wall - last).toBe(every * minute);
          // Over a change of the clocks, and from the first after a gap of half an hour: the next on the wall clock.
          else expect(Math.floor(wall / (every * minute))).toBeGreaterThan(Math.floor(last / (every * minute)));
        });
      }),
      { numRuns: 100 },
    );
  });

  test('are the same instants in whatever zone they are read', () => {
    fc.assert(
      fc.property(aSchedule, anInstant, aZone, ({ of }, from, reader) => {
        for (const time of nextRuns(of, new Date(from), 5))
          expect(Date.parse(wallText(reader, time.getTime()))).toBe(time.getTime());
      }),
      { numRuns: 100 },
    );
  });

  test.each([
    // The 31st, and day and weekday together: either is enough, as crontab has it; with + both are needed.
    [{ cron: '0 9 31 * *' }, '2026-01-01T00:00Z', ['2026-01-31T09:00Z', '2026-03-31T09:00Z', '2026-05-31T09:00Z']],
    [{ cron: '0 9 13 * 5' }, '2026-02-01T00:00Z', ['2026-02-06T09:00Z', '2026-02-13T09:00Z', '2026-02-20T09:00Z']],
    [{ cron: '0 9 13 * +5' }, '2026-01-01T00:00Z', ['2026-02-13T09:00Z', '2026-03-13T09:00Z', '2026-11-13T09:00Z']],
    [{ cron: '0 9 L * *' }, '2028-02-01T00:00Z', ['2028-02-29T09:00Z', '2028-03-31T09:00Z', '2028-04-30T09:00Z']],
    [{ cron: '0 9 * * 7' }, '2026-11-22T09:00Z', ['2026-11-29T09:00Z', '2026-12-06T09:00Z', '2026-12-13T09:00Z']],
  ])('%o after %s', (over, from, wanted) => {
    expect(runs(over, from, 3)).toEqual(wanted);
  });

  test('keep to the wall clock when clocks change', () => {
    const berlin = { timeZone: 'Europe/Berlin' };
    expect(runs({ ...berlin, cron: '0 9 * * 0' }, '2026-03-21T00:00Z', 3)).toEqual([
      '2026-03-22T08:00Z',
      '2026-03-29T07:00Z',
      '2026-04-05T07:00Z',
    ]);
    // No 02:30 on the 29th: the first instant after the gap.
    expect(runs({ ...berlin, cron: '30 2 * * *' }, '2026-03-28T00:00Z', 3)).toEqual([
      '2026-03-28T01:30Z',
      '2026-03-29T01:00Z',
      '2026-03-30T00:30Z',
    ]);
    // 02:30 twice on the 25th, and run once; so with a wildcard.
    expect(runs({ ...berlin, cron: '30 2 * * *' }, '2026-10-24T12:00Z', 2)).toEqual([
      '2026-10-25T00:30Z',
      '2026-10-26T01:30Z',
    ]);
    expect(runs({ ...berlin, cron: '*/30 * * * *' }, '2026-10-24T23:50Z', 4)).toEqual([
      '2026-10-25T00:00Z',
      '2026-10-25T00:30Z',
      '2026-10-25T02:00Z',
      '2026-10-25T02:30Z',
    ]);
    // Two that the gap swallows are one; within the second 02:15 there is no 02:30 to come.
    expect(runs({ ...berlin, cron: '0,30 2 * * *' }, '2026-03-28T12:00Z', 2)).toEqual([
      '2026-03-29T01:00Z',
      '2026-03-30T00:00Z',
    ]);
    expect(runs({ ...berlin, cron: '30 2 * * *' }, '2026-10-25T01:15Z', 1)).toEqual(['2026-10-26T01:30Z']);
    // Every half hour that the gap swallows is the one run at its end, which is named itself.
    expect(
      namedTimes(schedule({ ...berlin, cron: '*/30 * * * *' }), at('2026-03-29T00:30Z'), { count: 2, most: 9 }),
    ).toEqual([
      { at: at('2026-03-29T01:00Z'), moved: false, closed: null },
      { at: at('2026-03-29T01:30Z'), moved: false, closed: null },
    ]);
  });

  test('are not in what is blocked, over midnight too, nor on a dark day of the zone', () => {
    const over = {
      cron: '0 */2 * * *',
      timeZone: 'America/New_York',
      allowed: [{ days: ['fri'], from: '22:00', to: '06:00' }],
      blocked: [{ from: '01:00', to: '04:00' }],
      blackout: ['2026-11-27'],
    };
    // Friday 20th 22:00, Saturday 00:00 and 04:00; the 27th is dark, and what is left of that night is Saturday's.
    expect(runs(over, '2026-11-20T12:00Z', 5)).toEqual([
      '2026-11-21T03:00Z',
      '2026-11-21T05:00Z',
      '2026-11-21T09:00Z',
      '2026-11-28T05:00Z',
      '2026-11-28T09:00Z',
    ]);
    const named = namedTimes(schedule(over), at('2026-11-28T02:00Z'), { count: 2, most: 50 });
    expect(named.map((t) => [t.at.toISOString().slice(8, 16), t.closed])).toEqual([
      ['28T03:00', 'blackout'],
      ['28T05:00', null],
      ['28T07:00', 'window'],
      ['28T09:00', null],
    ]);
  });

  test('a time that moves must be open where it was and where it comes to lie', () => {
    const berlin = { cron: '30 2 * * *', timeZone: 'Europe/Berlin' };
    const march = (over: object) => runs({ ...berlin, ...over }, '2026-03-28T12:00Z', 1);
    expect(march({ blocked: [{ from: '02:00', to: '03:00' }] })).toEqual([]);
    expect(march({ blocked: [{ from: '03:00', to: '04:00' }] })).toEqual(['2026-03-30T00:30Z']);
    expect(march({})).toEqual(['2026-03-29T01:00Z']);
  });
});

test('what is closed opens with the next window on the next day that is not dark', () => {
  const { nextOpen } = calendarOf({
    allowed: [{ days: ['fri', 'sat', 'sun'], from: '10:00', to: '12:00' }],
    blocked: [{ days: ['fri'], from: '10:00', to: '10:30' }],
    blackout: ['2026-11-21', '2026-11-22'],
  });
  const wall = (text: string) => Date.parse(`${text}Z`);
  expect(nextOpen(wall('2026-11-20T08:00'))).toBe(wall('2026-11-20T10:30'));
  expect(nextOpen(wall('2026-11-20T11:59:59'))).toBe(wall('2026-11-20T11:59'));
  expect(nextOpen(wall('2026-11-20T12:00'))).toBe(wall('2026-11-27T10:30'));
  expect(nextOpen(wall('2026-11-21T11:00'))).toBe(wall('2026-11-27T10:30'));
});

describe('a drill begins', () => {
  const friday = at('2026-11-20T12:00Z');
  const standing = (over: object) => ({ ...atEase, ...over });
  test.each<[SkipReason | null, object, object]>([
    [null, {}, {}],
    ['paused', { paused: true }, { automationStopped: true }],
    ['paused', { paused: true }, { incident: true }],
    ['incident', {}, { incident: true, automationStopped: true }],
    ['automation_stopped', {}, { automationStopped: true, frozen: true }],
    ['freeze', { blackout: ['2026-11-20'] }, { frozen: true }],
    ['blackout', { blackout: ['2026-11-20'], blocked: [{ from: '00:00', to: '24:00' }] }, { busy: true }],
    ['window', { blocked: [{ days: ['fri'], from: '12:00', to: '12:01' }] }, { busy: true }],
    ['window', { allowed: [{ days: ['fri'], from: '10:00', to: '12:00' }] }, {}],
    [null, { allowed: [{ days: ['thu'], from: '13:00', to: '12:30' }] }, {}],
    ['busy', {}, { busy: true, full: true }],
    ['limit', {}, { full: true }],
  ])('unless %s: %o, %o', (reason, over, world) => {
    expect(whyNot(schedule(over), friday, standing(world))).toBe(reason);
  });
  test('without a schedule too, unless something else is against it', () => {
    expect(whyNot(null, friday, atEase)).toBe(null);
    expect(whyNot(null, friday, standing({ frozen: true }))).toBe('freeze');
  });
});

describe('what is due', () => {
  const every5 = (over: object = {}) => schedule({ cron: '*/5 * * * *', ...over });
  const nine = at('2026-11-20T09:00Z');
  const later = (minutes: number) => new Date(nine.getTime() + minutes * minute);

  test('in time is the run', () => {
    expect(dueOf(every5(), nine, later(0.2))).toEqual({ run: nine, missed: [], next: later(5) });
  });
  test('missed: skipped, or the last of them once, late', () => {
    const weekly = (missed: string) => schedule({ cron: '0 9 * * 5', missed });
    const week = 7 * 24 * 60;
    const now = later(2 * week + 60);
    const next = later(3 * week);
    expect(dueOf(weekly('skip'), nine, now)).toEqual({ run: null, missed: [nine, later(week), later(2 * week)], next });
    expect(dueOf(weekly('run_once'), nine, now)).toEqual({ run: later(2 * week), missed: [nine, later(week)], next });
  });
  test('more than fits is left out in parts, and the last of it may run', () => {
    const first = dueOf(every5({ missed: 'run_once' }), nine, later(52), 4);
    expect(first).toEqual({ run: null, missed: [nine, later(5), later(10), later(15)], next: later(20) });
    const second = dueOf(every5({ missed: 'run_once' }), later(20), later(52), 100);
    expect(second.run).toEqual(later(50));
  });
  test('is nothing of a time that the schedule names no more', () => {
    expect(dueOf(every5(), later(2), later(3))).toEqual({ run: null, missed: [], next: later(5) });
  });

  test('whenever and with whatever clock somebody looks: each time is a run or left out, once, in order', () => {
    // Looks at random distances, by workers whose clocks are off; pauses between.
    const aLook = fc.record({
      after: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 3_000 })),
      skewMs: fc.oneof(fc.integer({ min: -3_000, max: 3_000 }), fc.integer({ min: -600_000, max: 600_000 })),
      pause: fc.boolean(),
    });
    fc.assert(
      fc.property(aSchedule, anInstant, fc.array(aLook, { minLength: 1, maxLength: 25 }), ({ of }, start, looks) => {
        let next = nextRun(of, new Date(start));
        let t = start;
        let from = start;
        // Until when it was looked, by whatever clock: all times up to there are dealt with.
        let until = start;
        const handled: number[] = [];
        const wanted: number[] = [];
        const expected = () => nextRuns(of, new Date(from), 10_000, new Date(until)).map((time) => time.getTime());
        for (const look of looks) {
          t += look.after * minute;
          const now = new Date(t + look.skewMs);
          if (next !== null && next <= now) {
            const due = dueOf(of, next, now, 50);
            const times = [...due.missed, ...(due.run ? [due.run] : [])].map((d) => d.getTime());
            const inParts = due.next !== null && due.next <= now;
            if (due.run && of.missed === 'skip') expect(now.getTime() - due.run.getTime()).toBeLessThanOrEqual(graceMs);
            if (of.missed === 'run_once' && !inParts) expect(due.run?.getTime()).toBe(times.at(-1));
            if (inParts) expect(times).toHaveLength(50);
            handled.push(...times);
            until = Math.max(until, inParts ? (times.at(-1) ?? 0) : now.getTime());
            next = due.next;
          } else until = Math.max(until, now.getTime());
          if (look.pause) {
            // What lies before a pause has been dealt with or stays out with it.
            wanted.push(...expected());
            from = Math.max(now.getTime(), handled.at(-1) ?? 0);
            until = from;
            next = nextRun(of, new Date(from));
          }
        }
        wanted.push(...expected());
        expect(handled).toEqual(wanted);
        expect(new Set(handled).size).toBe(handled.length);
      }),
      { numRuns: 150 },
    );
  });
});

describe('a schedule that nobody can have meant', () => {
  const faults = (over: object) => scheduleFaults(schedule(over), at('2026-11-20T12:00Z'));
  const fields = (over: object) => faults(over).map((f) => f.field);
  const day24 = { from: '00:00', to: '24:00' };

  test.each([
    ['whenever', 'five fields'],
    ['@daily', 'five fields'],
    ['0 0 9 * * 1', 'five fields'],
    ['2026-11-22T09:00:00', 'five fields'],
    ['0 9 * * 8', 'dayOfWeek: 8'],
    ['0 9 32 * *', 'day: 32'],
    ['0 9 * 13 *', 'month: 13'],
    ['60 * * * *', 'minute: 60'],
    ['? 9 * * *', 'it has a ?'],
    ['*/0 * * * *', 'stepping'],
    ['a b c d e', 'illegal'],
  ])('%s is not a cron', (cron, says) => {
    const [fault] = faults({ cron });
    expect(fault?.field).toBe('schedule.cron');
    expect(fault?.message).toMatch(/^is not a cron expression: /);
    expect(fault?.message).toContain(says);
    expect(cronFault('0 9 * * mon-fri')).toBe(null);
  });

  test.each<[object, string]>([
    [{ cron: '0 9 30 2 *' }, 'schedule.cron'],
    [{ timeZone: 'Europe/Atlantis' }, 'schedule.timeZone'],
    [{ timeZone: '+01:00' }, 'schedule.timeZone'],
    [{ allowed: [{ from: '09:00', to: '09:00' }] }, 'schedule.allowed[0]'],
    [
      { allowed: [day24, { from: '09:00', to: '10:00' }], blocked: [{ from: '08:00', to: '11:00' }] },
      'schedule.allowed[1]',
    ],
    [{ allowed: [{ from: '10:00', to: '11:00' }] }, 'schedule.allowed[0]'],
    [{ blocked: [{ from: '09:00', to: '09:00' }] }, 'schedule.blocked[0]'],
    [{ blocked: [day24] }, 'schedule.blocked[0]'],
    [{ cron: '0 9 25 12 *', blackout: ['2026-12-25', '2027-12-25'] }, 'schedule.blackout'],
  ])('%o names %s', (over, field) => {
    expect(fields(over)).toEqual([field]);
  });

  test('and one that somebody can is none', () => {
    const over = {
      allowed: [{ days: ['mon'], from: '22:00', to: '10:00' }],
      blocked: [{ from: '23:00', to: '01:00' }],
    };
    expect(faults(over)).toEqual([]);
    expect(minutesIn({ days: ['sun'], from: '23:59', to: '00:01' })).toEqual([7 * 24 * 60 - 1, 0]);
  });
});
