'use client';
/** How a drill goes: the fault and whom it touches, how quick everything has to be, and who decides. */
import { clockNames, type DrillLevel } from '@/lib/drill/model';
import { Choice, type Edit, Fold, Section, Several, Value } from './field.client';
import styles from './form.module.css';
import { clockWords } from './run/reading';
import { valueAt } from './text';

export function FaultFields({ level, ...edit }: Edit & { level: DrillLevel }) {
  const touches = level !== 'synthetic';
  const latency = Number(valueAt(edit.drill, 'fault.latencyMs') ?? 0);
  const jitter = Number(valueAt(edit.drill, 'fault.jitterMs') ?? 0);
  return (
    <Section
      title="Fault"
      name="fault"
      refusal={edit.refusal}
      says={
        touches
          ? 'Real requests of the cohort below. The target ends it by itself, whatever becomes of Belay.'
          : 'Of simulated users. It ends by itself, whatever becomes of Belay.'
      }
    >
      <Value {...edit} path="fault.share" label="Share of requests, %" kind="number" empty={null} />
      <Value
        {...edit}
        path="fault.status"
        label="They answer"
        kind="number"
        hint="empty: they do not fail"
        empty={null}
      />
      <Value {...edit} path="fault.expiresAfter" label="Ends by itself after" hint="5m, 90s" empty="" />
      {touches ? <BlastFields {...edit} /> : null}
      <Fold
        title="Slowness"
        set={latency > 0 ? `${latency}${jitter > 0 ? ` ± ${jitter}` : ''} ms` : 'none'}
        names={['fault.latencyMs', 'fault.jitterMs']}
        refusal={edit.refusal}
      >
        <Value {...edit} path="fault.latencyMs" label="Slower by, ms" kind="number" usual="0" />
        <Value {...edit} path="fault.jitterMs" label="Give or take, ms" kind="number" usual="0" />
      </Fold>
      {touches ? null : (
        <Fold title="Cohorts" set={cohortsSet(edit.drill)} names={['blast', 'control']} refusal={edit.refusal}>
          <BlastFields {...edit} />
          {edit.drill.blast ? (
            <button
              type="button"
              className={`button small ${styles.wide} ${styles.start}`}
              onClick={() => edit.onChange({ blast: undefined })}
            >
              Take those whom the first stage exposes
            </button>
          ) : null}
        </Fold>
      )}
    </Section>
  );
}

function cohortsSet(drill: Record<string, unknown>): string {
  const cohort = valueAt(drill, 'blast.cohort');
  const whom = cohort ? `simulated users of ${cohort}` : 'simulated users of those whom the first stage exposes';
  return drill.control ? `${whom}, beside ${drill.control}` : `${whom}, without a control`;
}

function BlastFields(edit: Edit) {
  return (
    <>
      <Value {...edit} path="blast.cohort" label="Cohort that it may touch" list="drill-cohorts" />
      <Value {...edit} path="blast.share" label="Share of it, %" kind="number" usual="100" />
      <Value {...edit} path="blast.minutes" label="Minutes at most" kind="number" usual="15" />
      <Value
        {...edit}
        path="control"
        label="Control cohort"
        list="drill-cohorts"
        hint="watched beside it: it must not be touched"
      />
    </>
  );
}

export function ObjectiveFields(edit: Edit) {
  return (
    <Section
      title="Objectives"
      name="objectives"
      refusal={edit.refusal}
      says="How long each may take. Empty: it is measured, and nothing is asked of it."
    >
      <div className={styles.five}>
        {clockNames.map((name) => (
          <Value
            key={name}
            {...edit}
            path={`objectives.${name}`}
            label={clockWords[name].label}
            hint={clockWords[name].says}
            usual="none"
          />
        ))}
      </div>
      <Fold
        title="A day by which it must be proven"
        set={String(valueAt(edit.drill, 'objectives.provenBy') ?? 'none')}
        names={['objectives.provenBy']}
        refusal={edit.refusal}
      >
        <Value {...edit} path="objectives.provenBy" label="Proven by" hint="2026-12-24T12:00:00Z" />
      </Fold>
    </Section>
  );
}

const asked = { by: 'person', role: 'operator', deadline: '2m', atDeadline: 'roll_back' };

export function DecisionFields({ tabletop, ...edit }: Edit & { tabletop: boolean }) {
  const person = valueAt(edit.drill, 'decision.by') === 'person';
  return (
    <Section
      title="Decision"
      name="decision"
      refusal={edit.refusal}
      says={tabletop ? 'A tabletop is for people.' : 'Who orders the rollback once the fault is seen.'}
    >
      <Choice
        {...edit}
        path="decision.by"
        label="Made by"
        usual="automatic"
        options={{ automatic: 'Belay, by the plan', person: 'a person' }}
        onChange={(c) => edit.onChange({ decision: c['decision.by'] === 'person' ? asked : { by: 'automatic' } })}
      />
      {person ? (
        <>
          <Choice
            {...edit}
            path="decision.role"
            label="Who is at least"
            usual="operator"
            options={{ operator: 'operator', approver: 'approver', admin: 'admin' }}
          />
          <Value {...edit} path="decision.deadline" label="Within" usual="5m" />
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
            label="Not by these"
            hint="the usual experts, separated by commas: others learn it then"
          />
        </>
      ) : null}
    </Section>
  );
}

/** Names have spaces. */
const people = {
  textOf: (value: unknown) => (Array.isArray(value) ? value.join(', ') : ''),
  read: (text: string) =>
    text
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== ''),
};
