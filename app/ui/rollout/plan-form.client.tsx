'use client';
/** A plan as YAML, with plain fields for what most people change. Both are one text: the fields edit it. */
import Link from 'next/link';
import { useRouter } from 'next/navigation';
import { useMemo, useState } from 'react';
import { CriterionForm } from '@/app/ui/criterion/form.client';
import { FillIn } from '@/app/ui/form/fill-in.client';
import { Field, FormError, useSend } from '@/app/ui/form/form.client';
import { orderKey } from '@/app/ui/form/send';
import { AddCriteria, StartFrom } from '@/app/ui/form/start-from.client';
import { YamlEditor, YamlErrors } from '@/app/ui/form/yaml-editor.client';
import { visible } from '@/app/ui/text/name';
import type { RolloutView } from '@/lib/rollout/model';
import { placeholdersIn, type TemplateView } from '@/lib/template/model';
import styles from './plan-form.module.css';
import { PolicyFields } from './plan-policy.client';
import { edited, isSimple, planFrom, policyOf, valuesOf, withCriteria } from './plan-text';

type FeatureChoice = { key: string; owner: string; baseline: string; versions: string[] };
export function PlanForm(props: {
  draft: string | null;
  initial: string;
  features: FeatureChoice[];
  cohorts: string[];
  environments: string[];
  /** metrics that have arrived for the feature */
  metrics: string[];
  /** plans and sets of criteria to start from */
  templates: TemplateView[];
  /** the plan that the text is from, where it is from one */
  template: string | null;
}) {
  const router = useRouter();
  const [text, setText] = useState(props.initial);
  const { busy, refusal, run } = useSend();
  const [key, setKey] = useState(orderKey);
  const [unfilled, setUnfilled] = useState<string[]>([]);
  const values = useMemo(() => valuesOf(text), [text]);
  const policy = useMemo(() => policyOf(text), [text]);
  const feature = props.features.find((f) => f.key === values.feature);
  const set = (changes: Record<string, unknown>) => setText(edited(text, changes));
  const submit = async () => {
    const left = placeholdersIn(text);
    setUnfilled(left);
    if (left.length > 0) return;
    const options = { contentType: 'application/yaml', idempotencyKey: key };
    const sent = props.draft
      ? await run<RolloutView>('PUT', `/rollouts/${props.draft}`, text, options)
      : await run<RolloutView>('POST', '/rollouts', text, options);
    if (sent.ok) router.push(`/rollouts/${sent.body.id}`);
    else setKey(orderKey());
  };
  const elsewhere = (refusal?.fields ?? []).filter((f) => !isSimple(f.field));
  return (
    <form
      className={styles.form}
      onSubmit={(e) => {
        e.preventDefault();
        void submit();
      }}
    >
      <div className={styles.fields}>
        {props.draft ? null : (
          <StartFrom
            templates={props.templates}
            initial={props.template}
            usual={props.initial}
            text={text}
            textOf={(template) => planFrom(template.body, values, props.cohorts)}
            onChange={setText}
          />
        )}
        <FillIn text={text} cohorts={props.cohorts} metrics={props.metrics} unfilled={unfilled} onChange={setText} />
        <Field
          label="Feature"
          name="feature"
          refusal={refusal}
          hint={props.features.length === 0 ? <Link href="/features/new">Create a feature first</Link> : undefined}
        >
          {(control) => (
            <select
              {...control}
              value={values.feature}
              onChange={(e) => {
                const f = props.features.find((x) => x.key === e.target.value);
                set(
                  f
                    ? {
                        feature: f.key,
                        owner: f.owner,
                        baseline: f.baseline,
                        candidate: f.versions.find((v) => v !== f.baseline) ?? '',
                      }
                    : { feature: e.target.value },
                );
              }}
            >
              {feature ? null : <option value={values.feature}>{values.feature || 'choose'}</option>}
              {props.features.map((f) => (
                <option key={f.key} value={f.key}>
                  {f.key}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field label="Environment" name="environment" refusal={refusal}>
          {(control) => (
            <>
              <input
                {...control}
                list="known-environments"
                value={values.environment}
                onChange={(e) => set({ environment: e.target.value })}
              />
              <datalist id="known-environments">
                {props.environments.map((name) => (
                  <option key={name} value={name} />
                ))}
              </datalist>
            </>
          )}
        </Field>
        {(['baseline', 'candidate'] as const).map((name) => (
          <Field key={name} label={name === 'baseline' ? 'Baseline' : 'Candidate'} name={name} refusal={refusal}>
            {(control) => (
              <VersionChoice
                control={control}
                versions={feature?.versions ?? []}
                value={values[name]}
                onChange={(v) => set({ [name]: v })}
              />
            )}
          </Field>
        ))}
        <Field label="Owner" name="owner" refusal={refusal}>
          {(control) => <input {...control} value={values.owner} onChange={(e) => set({ owner: e.target.value })} />}
        </Field>
        <Field
          label="Mode"
          name="mode"
          refusal={refusal}
          hint="act changes exposure; observe only says what it would do"
        >
          {(control) => (
            <select {...control} value={values.mode} onChange={(e) => set({ mode: e.target.value })}>
              <option value="act">act</option>
              <option value="observe">observe</option>
            </select>
          )}
        </Field>
        <Field label="Hypothesis" name="hypothesis" refusal={refusal} className={styles.wide}>
          {(control) => (
            <input {...control} value={values.hypothesis} onChange={(e) => set({ hypothesis: e.target.value })} />
          )}
        </Field>
        <PolicyFields value={policy} refusal={refusal} onChange={set} />
        <CohortChoice cohorts={props.cohorts} onStages={(stages) => set({ stages })} />
        <AddCriteria templates={props.templates} onAdd={(criteria) => setText(withCriteria(text, criteria))} />
        <CriterionForm metrics={props.metrics} onAdd={(criterion) => setText(withCriteria(text, [criterion]))} />
      </div>
      <div className="stack tight">
        <Field label="Plan (YAML)" name="plan" refusal={null} hint={metricsHint(props.metrics)}>
          {(control) => <YamlEditor control={control} value={text} onChange={setText} errors={refusal?.fields ?? []} />}
        </Field>
        <YamlErrors text={text} errors={elsewhere} />
        {unfilled.length > 0 ? (
          <p className="form-error" role="alert">
            Fill in first: {unfilled.join(', ')}
          </p>
        ) : null}
        {refusal && refusal.fields.length === 0 ? <FormError refusal={refusal} /> : null}
        <div className="row end">
          <Link className="button" href={props.draft ? `/rollouts/${props.draft}` : '/rollouts'}>
            Cancel
          </Link>
          <button type="submit" className="button primary" disabled={busy}>
            {busy ? 'Checking…' : props.draft ? 'Save the draft' : 'Create the draft'}
          </button>
        </div>
      </div>
    </form>
  );
}

function metricsHint(metrics: string[]): string {
  if (metrics.length === 0) return 'The fields are part of this text. No metric of this feature has arrived yet.';
  const most = 12;
  const more = metrics.length > most ? `, and ${metrics.length - most} more` : '';
  return `The fields are part of this text. Metrics that arrive: ${metrics.slice(0, most).map(visible).join(', ')}${more}.`;
}

function VersionChoice(props: {
  control: Record<string, unknown>;
  versions: string[];
  value: string;
  onChange: (value: string) => void;
}) {
  const versions = props.versions.includes(props.value) ? props.versions : [props.value, ...props.versions];
  return (
    <select {...props.control} value={props.value} onChange={(e) => props.onChange(e.target.value)}>
      {versions.map((v) => (
        <option key={v} value={v}>
          {v || 'choose'}
        </option>
      ))}
    </select>
  );
}

/** Stages from cohorts: one after the other, everybody last. */
function CohortChoice({ cohorts, onStages }: { cohorts: string[]; onStages: (stages: unknown[]) => void }) {
  const [chosen, setChosen] = useState<string[]>([]);
  const make = () => {
    const stages = chosen.map((cohort, index) => ({
      name: cohort === '*' ? 'everyone' : cohort,
      exposure: Object.fromEntries(chosen.slice(0, index + 1).map((c) => [c, 100])),
      minDuration: index === 0 ? '5m' : '30m',
    }));
    onStages(stages);
  };
  return (
    <fieldset className={styles.cohorts}>
      <legend>Stages from cohorts, in the order of your clicks</legend>
      {[...cohorts.filter((c) => c !== '*'), '*'].map((cohort) => (
        <label key={cohort}>
          <input
            type="checkbox"
            checked={chosen.includes(cohort)}
            onChange={(e) => setChosen(e.target.checked ? [...chosen, cohort] : chosen.filter((c) => c !== cohort))}
          />
          {cohort === '*' ? 'everybody' : cohort}
          {chosen.includes(cohort) ? <span className="quiet"> {chosen.indexOf(cohort) + 1}</span> : null}
        </label>
      ))}
      <button type="button" className="button small" disabled={chosen.length === 0} onClick={make}>
        Make the stages
      </button>
    </fieldset>
  );
}
