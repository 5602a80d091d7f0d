'use client';
/** When a drill runs, as fields that edit its text, and when that will be. */
import { Choice, commas, type Edit, Several, Value } from './drill-field.client';
import styles from './drill-page.module.css';
import { DrillPreview } from './drill-preview.client';
import { windowLines, windowsFrom } from './drill-text';

const windows = { textOf: windowLines, read: windowsFrom, rows: 2 };

export function ScheduleFields(props: {
  schedule: unknown;
  environment: string;
  /** the reader’s */
  zone: string;
  refusal: Edit['refusal'];
  onChange: Edit['onChange'];
}) {
  const { schedule, zone, refusal, onChange } = props;
  const has = schedule !== null && typeof schedule === 'object';
  const edit: Edit = { drill: { schedule }, refusal, onChange };
  return (
    <fieldset className={styles.fieldset}>
      <legend>Schedule</legend>
      <label className={`row ${styles.wide}`}>
        <input
          type="checkbox"
          style={{ width: 'auto' }}
          checked={has}
          onChange={(e) =>
            onChange({ schedule: e.target.checked ? { cron: '0 10 * * 2', timeZone: zone, missed: 'skip' } : null })
          }
        />
        Runs by itself
      </label>
      {has ? (
        <>
          <Value {...edit} path="schedule.cron" label="Cron" hint="minute hour day month weekday" empty="" />
          <Value {...edit} path="schedule.timeZone" label="Time zone" hint="Europe/Berlin" empty="" />
          <Several
            {...edit}
            {...windows}
            path="schedule.allowed"
            label="Only in"
            hint="mon-fri 09:00-17:00, one a line"
          />
          <Several {...edit} {...windows} path="schedule.blocked" label="Never in" hint="fri 15:00-24:00, one a line" />
          <Several {...edit} {...commas} path="schedule.blackout" label="Not on" hint="2026-12-24, 2026-12-25" />
          <Choice
            {...edit}
            path="schedule.missed"
            label="A time that was missed"
            usual="skip"
            options={{ skip: 'skip it and say so', run_once: 'run once, later' }}
          />
          <div className={styles.wide}>
            <DrillPreview schedule={schedule} environment={props.environment} zone={zone} />
          </div>
        </>
      ) : null}
    </fieldset>
  );
}
