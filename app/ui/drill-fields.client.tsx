'use client';
/** What a drill rehearses, as fields that edit its text. */
import { clockNames, type DrillLevel, drillLevels } from '@/lib/drill/model';
import { Choice, commas, type Edit, Several, Value } from './drill-field.client';
import styles from './drill-page.module.css';
import { clockWords } from './drill-run-reading';
import { valueAt } from './drill-text';
import { levelWords } from './drill-words';
import { Field } from './form.client';
import { visible } from './name';

export type DrillKnown = {
  features: Array<{ key: string; owner: string }>;
  environments: string[];
  cohorts: string[];
};

const usualFault = { share: 30, status: 503, latencyMs: 0, jitterMs: 0, expiresAfter: '5m' };

/** Takes along what a level cannot be without, and leaves out what it cannot have. */
function levelChange(drill: Record<string, unknown>, level: DrillLevel, cohorts: string[]): Record<string, unknown> {
  if (level === 'tabletop') {
    const person = valueAt(drill, 'decision.by') === 'person';
    return {
      level,
      fault: null,
      ...(person ? {} : { decision: { by: 'person', deadline: '15m', atDeadline: 'fail' } }),
    };
  }
  const touches = level === 'fault' || level === 'proxy';
  const cohort = cohorts.find((name) => name !== '*') ?? '';
  return {
    level,
    ...(drill.fault ? {} : { fault: usualFault }),
    ...(touches && !drill.blast ? { blast: { cohort, share: 100, minutes: 15 } } : {}),
  };
}

export function DrillFields(props: Edit & { known: DrillKnown; fixed: boolean }) {
  const { known, fixed, ...edit } = props;
  const level = (edit.drill.level ?? 'synthetic') as DrillLevel;
  return (
    <>
      <Value {...edit} path="name" label="Name" wide empty="" />
      <FeatureChoice {...edit} known={known} fixed={fixed} />
      <Value {...edit} path="environment" label="Environment" list="drill-environments" empty="" disabled={fixed} />
      <Value {...edit} path="owner" label="Owner" empty="" />
      <Field label="Level" name="level" refusal={edit.refusal} hint={levelWords[level]?.says}>
        {(control) => (
          <select
            {...control}
            value={level}
            onChange={(e) => edit.onChange(levelChange(edit.drill, e.target.value as DrillLevel, known.cohorts))}
          >
            {drillLevels.map((name) => (
              <option key={name} value={name}>
                {levelWords[name].label}
              </option>
            ))}
          </select>
        )}
      </Field>
      <Value {...edit} path="situation" label="Situation, told at the head of every run" wide kind="long" empty="" />
      <datalist id="drill-environments">
        {known.environments.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <datalist id="drill-cohorts">
        {known.cohorts.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      {level === 'tabletop' ? null : <FaultFields {...edit} />}
      <fieldset className={styles.fieldset}>
        <legend>Objectives</legend>
        {clockNames.map((name) => (
          <Value key={name} {...edit} path={`objectives.${name}`} label={clockWords[name].label} />
        ))}
        <Value {...edit} path="objectives.provenBy" label="Proven by (UTC)" hint="2026-12-24T12:00:00Z" />
      </fieldset>
      <DecisionFields {...edit} />
      <fieldset className={styles.fieldset}>
        <legend>Aborted by itself</legend>
        <Value {...edit} path="abort.after" label="After" hint="15m" empty="" />
        <Value {...edit} path="abort.errors" label="After so many errors" kind="number" hint="empty: no limit" />
      </fieldset>
    </>
  );
}

function FeatureChoice({ known, fixed, ...edit }: Edit & { known: DrillKnown; fixed: boolean }) {
  const value = String(edit.drill.feature ?? '');
  return (
    <Field label="Feature" name="feature" refusal={edit.refusal} hint={fixed ? 'its runs are theirs' : undefined}>
      {(control) => (
        <select
          {...control}
          value={value}
          disabled={fixed}
          onChange={(e) => {
            const feature = known.features.find((f) => f.key === e.target.value);
            edit.onChange({ feature: e.target.value, ...(feature ? { owner: feature.owner } : {}) });
          }}
        >
          {known.features.some((f) => f.key === value) ? null : <option value={value}>{value || 'choose'}</option>}
          {known.features.map(({ key }) => (
            <option key={key} value={key}>
              {visible(key)}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

function FaultFields(edit: Edit) {
  return (
    <>
      <fieldset className={styles.fieldset}>
        <legend>Fault</legend>
        <Value {...edit} path="fault.share" label="Share of requests, %" kind="number" />
        <Value {...edit} path="fault.expiresAfter" label="Ends by itself after" hint="5m" />
        <Value {...edit} path="fault.status" label="Answers" kind="number" hint="empty: it does not fail" />
        <Value {...edit} path="fault.latencyMs" label="Slower by, ms" kind="number" empty="" />
        <Value {...edit} path="fault.jitterMs" label="Give or take, ms" kind="number" empty="" />
      </fieldset>
      <fieldset className={styles.fieldset}>
        <legend>Whom it may touch</legend>
        <Value {...edit} path="blast.cohort" label="Cohort" list="drill-cohorts" empty="" />
        <Value {...edit} path="blast.share" label="Share of it, %" kind="number" empty="" />
        <Value {...edit} path="blast.minutes" label="Minutes at most" kind="number" empty="" />
        <Value {...edit} path="control" label="Control cohort" list="drill-cohorts" hint="must not be touched" />
        {edit.drill.blast && edit.drill.level === 'synthetic' ? (
          <button type="button" className="button small" onClick={() => edit.onChange({ blast: null })}>
            Name no cohort
          </button>
        ) : null}
      </fieldset>
    </>
  );
}

function DecisionFields(edit: Edit) {
  const person = valueAt(edit.drill, 'decision.by') === 'person';
  const usual = { by: 'person', role: 'operator', deadline: '5m', atDeadline: 'roll_back' };
  return (
    <fieldset className={styles.fieldset}>
      <legend>Decision</legend>
      <Choice
        {...edit}
        path="decision.by"
        label="Made by"
        usual="automatic"
        options={{ automatic: 'Belay, by the plan', person: 'a person' }}
        onChange={(c) => edit.onChange({ decision: c['decision.by'] === 'person' ? usual : { by: 'automatic' } })}
      />
      {person ? (
        <>
          <Choice
            {...edit}
            path="decision.role"
            label="Role"
            usual="operator"
            options={{ operator: 'operator', approver: 'approver', admin: 'admin' }}
          />
          <Value {...edit} path="decision.deadline" label="Deadline" empty="" hint="5m" />
          <Choice
            {...edit}
            path="decision.atDeadline"
            label="If nobody answers"
            usual="roll_back"
            options={{ roll_back: 'roll back', fail: 'the drill fails', abort: 'abort the drill' }}
          />
          <Several
            {...edit}
            {...people}
            path="decision.notThese"
            label="Not answered by"
            hint="the usual experts, separated by commas"
          />
        </>
      ) : null}
    </fieldset>
  );
}

/** Names have spaces. */
const people = {
  textOf: commas.textOf,
  read: (text: string) =>
    text
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== ''),
};
