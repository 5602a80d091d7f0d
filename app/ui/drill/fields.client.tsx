'use client';
import { Field } from '@/app/ui/form/form.client';
import { short, visible } from '@/app/ui/text/name';
/** What a drill rehearses, as fields that edit its text: what most people decide stands open, the rest is folded. */
import { type DrillLevel, drillLevels } from '@/lib/drill/model';
import { ChecksFields } from './checks.client';
import { DecisionFields, FaultFields, ObjectiveFields } from './course.client';
import { Choice, type Edit, Fold, Section, Value, Whole } from './field.client';
import styles from './form.module.css';
import { valueAt } from './text';
import { levelWords } from './words';

export type DrillKnown = {
  features: Array<{ key: string; owner: string }>;
  environments: string[];
  cohorts: string[];
  rollouts: Array<{ id: string; feature: string; environment: string; label: string }>;
  runbooks: Array<{ id: string; feature: string; label: string }>;
  databases: string[];
  webhooks: string[];
};

const usualFault = { share: 30, status: 503, expiresAfter: '5m' };

/** Takes along what a level cannot be without, and leaves out what it cannot have. */
function levelChange(drill: Record<string, unknown>, level: DrillLevel, cohorts: string[]): Record<string, unknown> {
  if (level === 'tabletop') {
    const person = valueAt(drill, 'decision.by') === 'person';
    const asked = { by: 'person', deadline: '15m', atDeadline: 'fail' };
    return { level, fault: undefined, blast: undefined, ...(person ? {} : { decision: asked }) };
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
      <Section title="What is rehearsed" refusal={edit.refusal}>
        <Value {...edit} path="name" label="Name" wide empty="" />
        <FeatureChoice {...edit} known={known} fixed={fixed} />
        <Value {...edit} path="environment" label="Environment" list="drill-environments" empty="" disabled={fixed} />
        <Value {...edit} path="owner" label="Owner" empty="" />
        <LevelChoice {...edit} level={level} cohorts={known.cohorts} />
        <Lists known={known} />
      </Section>
      {level === 'tabletop' ? null : <FaultFields {...edit} level={level} />}
      <ObjectiveFields {...edit} />
      <DecisionFields {...edit} tabletop={level === 'tabletop'} />
      <Fold
        title="Situation, plan and runbook"
        set={storySet(edit.drill)}
        names={['situation', 'rollout', 'runbook']}
        refusal={edit.refusal}
      >
        <StoryFields {...edit} known={known} />
      </Fold>
      <Fold
        title="Known good"
        set={`the recorded state is back${countOf(edit.drill, 'knownGood.checks', ', and ')}`}
        names={['knownGood']}
        refusal={edit.refusal}
      >
        <ChecksFields
          {...edit}
          known={known}
          path="knownGood.checks"
          none="The recorded state must be back in any case. A check asks for more: that data is whole, say."
        />
      </Fold>
      <Fold title="Aborted by itself" set={abortSet(edit.drill)} names={['abort']} refusal={edit.refusal}>
        <Value {...edit} path="abort.after" label="After" usual="15m" hint="however far it is" />
        <Value {...edit} path="abort.errors" label="After so many errors" kind="number" hint="empty: no limit" />
        <ChecksFields
          {...edit}
          known={known}
          path="abort.checks"
          none="No check is watched. One that fails while the drill runs aborts it at once."
        />
      </Fold>
    </>
  );
}

function countOf(drill: Record<string, unknown>, path: string, before: string): string {
  const checks = valueAt(drill, path);
  const n = Array.isArray(checks) ? checks.length : 0;
  return n === 0 ? '' : `${before}${n} ${n === 1 ? 'check holds' : 'checks hold'}`;
}

function storySet(drill: Record<string, unknown>): string {
  const story = String(drill.situation ?? '').trim();
  return [
    story === '' ? 'no situation' : `“${short(story.split('\n')[0] ?? '')}”`,
    drill.rollout ? 'the plan of one rollout' : 'the newest plan',
    drill.runbook ? 'a runbook of its own' : 'the runbook of the feature',
  ].join(', ');
}

function abortSet(drill: Record<string, unknown>): string {
  const errors = valueAt(drill, 'abort.errors');
  const checks = valueAt(drill, 'abort.checks');
  const n = Array.isArray(checks) ? checks.length : 0;
  return [
    `after ${valueAt(drill, 'abort.after') ?? '15m'}`,
    ...(errors === undefined || errors === null ? [] : [`or ${errors} errors`]),
    ...(n === 0 ? [] : [`or when one of ${n} ${n === 1 ? 'check' : 'checks'} fails`]),
  ].join(', ');
}

function LevelChoice({ level, cohorts, ...edit }: Edit & { level: DrillLevel; cohorts: string[] }) {
  return (
    <div className={styles.levels} role="radiogroup" aria-label="Level">
      {drillLevels.map((name) => (
        <label key={name}>
          <input
            type="radio"
            name="level"
            value={name}
            checked={level === name}
            onChange={() => edit.onChange(levelChange(edit.drill, name, cohorts))}
          />
          {levelWords[name].label}
          <small>{levelWords[name].says}</small>
        </label>
      ))}
      <Whole name="level" refusal={edit.refusal} />
    </div>
  );
}

function FeatureChoice({ known, fixed, ...edit }: Edit & { known: DrillKnown; fixed: boolean }) {
  const value = String(edit.drill.feature ?? '');
  return (
    <Field
      label="Feature"
      name="feature"
      refusal={edit.refusal}
      hint={fixed ? 'stays: its runs are theirs' : undefined}
    >
      {(control) => (
        <select
          {...control}
          value={value}
          disabled={fixed}
          onChange={(e) => {
            const feature = known.features.find((f) => f.key === e.target.value);
            // What belongs to the feature before is nothing for this one.
            const own = { rollout: undefined, runbook: undefined };
            edit.onChange({ feature: e.target.value, ...own, ...(feature ? { owner: feature.owner } : {}) });
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

function StoryFields({ known, ...edit }: Edit & { known: DrillKnown }) {
  const { feature, environment } = edit.drill;
  const rollouts = known.rollouts.filter((r) => r.feature === feature && r.environment === environment);
  const runbooks = known.runbooks.filter((r) => r.feature === feature);
  const named = (of: Array<{ id: string; label: string }>) => Object.fromEntries(of.map((o) => [o.id, short(o.label)]));
  return (
    <>
      <Value
        {...edit}
        path="situation"
        label="Situation"
        wide
        kind="long"
        hint="told at the head of every run; at a tabletop it is all that people get"
      />
      <Choice
        {...edit}
        path="rollout"
        label="Plan"
        usual=""
        options={{ '': 'of the newest rollout there', ...named(rollouts) }}
      />
      <Choice
        {...edit}
        path="runbook"
        label="Runbook"
        usual=""
        options={{ '': 'that of the feature', ...named(runbooks) }}
      />
    </>
  );
}

function Lists({ known }: { known: DrillKnown }) {
  const { environments, cohorts, databases, webhooks } = known;
  return Object.entries({ environments, cohorts, databases, webhooks }).map(([list, names]) => (
    <datalist key={list} id={`drill-${list}`}>
      {names.map((name) => (
        <option key={name} value={name} />
      ))}
    </datalist>
  ));
}
