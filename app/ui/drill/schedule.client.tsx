'use client';
/** When a drill runs, as fields that edit its text. */
import { useState } from 'react';
import { Field } from '@/app/ui/form/form.client';
import type { Refusal } from '@/app/ui/form/send';
import { cronOf, cronSays, nths, nthWord, type Plain, plainOf, type Rhythm, weekdayNames } from './cron';
import { Choice, type Edit, Fold, Pick, Section, Several, Value } from './field.client';
import styles from './form.module.css';
import { valueAt, windowLines, windowsFrom } from './text';

const windows = { textOf: windowLines, read: windowsFrom, rows: 2 };
const days = {
  textOf: (value: unknown) => (Array.isArray(value) ? value.join(', ') : ''),
  read: (text: string) => text.split(/[\s,]+/).filter((part) => part !== ''),
};

export function ScheduleFields(
  props: Edit & {
    /** the reader’s */
    zone: string;
  },
) {
  const { zone, ...edit } = props;
  const has = edit.drill.schedule !== null && typeof edit.drill.schedule === 'object';
  return (
    <Section title="Schedule" name="schedule" refusal={edit.refusal}>
      <label className={`row ${styles.wide}`}>
        <input
          type="checkbox"
          checked={has}
          onChange={(e) =>
            edit.onChange({ schedule: e.target.checked ? { cron: '0 10 * * 2', timeZone: zone } : undefined })
          }
        />
        Runs by itself
        {has ? null : <span className="quiet small">it runs when somebody starts it</span>}
      </label>
      {has ? (
        <>
          <RhythmFields {...edit} />
          <Value {...edit} path="schedule.timeZone" label="Time zone" usual="UTC" list="drill-zones" />
          <Zones />
          <Fold
            title="Hours and days"
            set={hoursSet(edit.drill)}
            names={['schedule.allowed', 'schedule.blocked', 'schedule.blackout', 'schedule.missed', 'schedule.paused']}
            refusal={edit.refusal}
          >
            <Several
              {...edit}
              {...windows}
              path="schedule.allowed"
              label="Only in"
              hint="mon-fri 09:00-17:00, one a line"
            />
            <Several
              {...edit}
              {...windows}
              path="schedule.blocked"
              label="Never in"
              hint="fri 15:00-24:00, one a line"
            />
            <Several {...edit} {...days} path="schedule.blackout" label="Not on" hint="2026-12-24, 2026-12-25" />
            <Choice
              {...edit}
              path="schedule.missed"
              label="A time that was missed"
              usual="skip"
              options={{ skip: 'skip it and say so', run_once: 'run once, later' }}
            />
            <label className={`row ${styles.wide}`}>
              <input
                type="checkbox"
                checked={valueAt(edit.drill, 'schedule.paused') === true}
                onChange={(e) => edit.onChange({ 'schedule.paused': e.target.checked ? true : undefined })}
              />
              Paused: no time comes before somebody resumes it
            </label>
          </Fold>
        </>
      ) : null}
    </Section>
  );
}

function hoursSet(drill: Record<string, unknown>): string {
  const count = (key: string) => {
    const list = valueAt(drill, `schedule.${key}`);
    return Array.isArray(list) ? list.length : 0;
  };
  const [allowed, blocked, blackout] = [count('allowed'), count('blocked'), count('blackout')];
  return [
    allowed > 0 ? `only in ${allowed} ${allowed === 1 ? 'window' : 'windows'}` : 'at any hour',
    ...(blocked > 0 ? [`never in ${blocked}`] : []),
    ...(blackout > 0 ? [`not on ${blackout} ${blackout === 1 ? 'day' : 'days'}`] : []),
    valueAt(drill, 'schedule.missed') === 'run_once' ? 'a missed time runs later' : 'a missed time is skipped',
    ...(valueAt(drill, 'schedule.paused') === true ? ['paused'] : []),
  ].join(', ');
}

const rhythmWords: Record<Rhythm, string> = {
  daily: 'every day',
  weekly: 'every week',
  monthly: 'every month',
  cron: 'a cron expression',
};

function RhythmFields(edit: Edit) {
  const cron = String(valueAt(edit.drill, 'schedule.cron') ?? '');
  const [asCron, setAsCron] = useState(false);
  const plain = asCron ? null : plainOf(cron);
  const put = (change: Partial<Plain>) => {
    const usual: Plain = { rhythm: 'weekly', weekday: 2, nth: '1', time: '10:00' };
    edit.onChange({ 'schedule.cron': cronOf({ ...usual, ...plain, ...change }) });
  };
  return (
    <>
      <Pick
        label="How often"
        name="schedule-How often"
        refusal={null}
        value={plain?.rhythm ?? 'cron'}
        options={rhythmWords}
        onPick={(rhythm) => {
          setAsCron(rhythm === 'cron');
          if (rhythm !== 'cron') put({ ...plainOf(cron), rhythm: rhythm as Plain['rhythm'] });
        }}
      />
      {plain && plain.rhythm === 'monthly' ? (
        <Pick
          label="Which one"
          name="schedule-Which one"
          refusal={null}
          value={plain.nth}
          options={Object.fromEntries(nths.map((nth) => [nth, `the ${nthWord(nth)}`]))}
          onPick={(nth) => put({ nth })}
        />
      ) : null}
      {plain && plain.rhythm !== 'daily' ? (
        <Pick
          label="Day"
          name="schedule-Day"
          refusal={null}
          value={`${plain.weekday}`}
          options={Object.fromEntries(weekdayNames.map((name, day) => [`${day}`, name]))}
          onPick={(day) => put({ weekday: Number(day) })}
        />
      ) : null}
      {plain ? (
        <Field label="At" name="schedule-time" refusal={ofCron(edit.refusal)} hint={<code>{cron}</code>}>
          {(control) => (
            <input
              {...control}
              type="time"
              value={plain.time}
              onChange={(e) => e.target.value && put({ time: e.target.value })}
            />
          )}
        </Field>
      ) : (
        <Value
          {...edit}
          path="schedule.cron"
          label="Cron"
          hint={cronSays(cron) ?? 'minute hour day month weekday'}
          empty=""
        />
      )}
    </>
  );
}

/** What is wrong with the expression, where only its time can be changed. */
const ofCron = (refusal: Refusal | null): Refusal | null =>
  refusal && {
    ...refusal,
    fields: refusal.fields
      .filter((f) => f.field === 'schedule.cron')
      .map(({ message }) => ({ field: 'schedule-time', message })),
  };

/** Those that this browser knows, which are those of the server but for a few. */
function Zones() {
  const zones = typeof Intl.supportedValuesOf === 'function' ? Intl.supportedValuesOf('timeZone') : [];
  return (
    <datalist id="drill-zones" suppressHydrationWarning>
      {['UTC', ...zones].map((name) => (
        <option key={name} value={name} suppressHydrationWarning />
      ))}
    </datalist>
  );
}
