'use client';
/** A drill as YAML, with fields for what it says. Both are one text: the fields edit it. */
import Link from 'next/link';
import { useRouter } from 'next/navigation';
import { useMemo, useState } from 'react';
import type { DrillView } from '@/lib/drill/model';
import { placeholdersIn, type TemplateView } from '@/lib/template/model';
import { DrillFields, type DrillKnown } from './drill-fields.client';
import { ScheduleFields } from './drill-schedule.client';
import { drillIn, withValues } from './drill-text';
import { FillIn } from './fill-in.client';
import { Field, FormError, useSend } from './form.client';
import { visible } from './name';
import styles from './plan-form.module.css';
import { yamlOf } from './plan-text';
import { orderKey } from './send';
import { TemplateOptions } from './start-from.client';
import { YamlEditor, YamlErrors } from './yaml-editor.client';
import { read, type YamlFault } from './yaml-read';

export function DrillForm(props: {
  /** null: a new one */
  id: string | null;
  initial: string;
  known: DrillKnown;
  templates: TemplateView[];
  template: string | null;
  /** the reader’s */
  zone: string;
}) {
  const router = useRouter();
  const [text, setText] = useState(props.initial);
  const [fault, setFault] = useState<YamlFault | null>(null);
  const [unfilled, setUnfilled] = useState<string[]>([]);
  const [key, setKey] = useState(orderKey);
  /** what was put there last: anything else is somebody's work */
  const [put, setPut] = useState(props.initial);
  const { busy, refusal, run } = useSend();
  const drill = useMemo(() => drillIn(text), [text]);
  const set = (changes: Record<string, unknown>) => setText(withValues(text, changes));
  const submit = async () => {
    const left = placeholdersIn(text);
    const body = read(text);
    setUnfilled(left);
    setFault(body.ok ? null : body.fault);
    if (left.length > 0 || !body.ok) return;
    const sent = props.id
      ? await run<DrillView>('PUT', `/drills/${props.id}`, body.value)
      : await run<DrillView>('POST', '/drills', body.value, { idempotencyKey: key });
    if (sent.ok) router.push(`/drills/${sent.body.id}`);
    else setKey(orderKey());
  };
  return (
    <form
      className={styles.form}
      onSubmit={(e) => {
        e.preventDefault();
        void submit();
      }}
    >
      <div className={styles.fields}>
        {props.id ? null : (
          <StartDrillFrom
            templates={props.templates}
            initial={props.template}
            changed={text !== put}
            onChoose={(template) => {
              const next = textFrom(template, drill);
              setPut(next);
              setText(next);
            }}
          />
        )}
        <FillIn text={text} cohorts={props.known.cohorts} unfilled={unfilled} onChange={setText} />
        <DrillFields drill={drill} known={props.known} fixed={props.id !== null} refusal={refusal} onChange={set} />
        <ScheduleFields
          schedule={drill.schedule}
          environment={String(drill.environment ?? '')}
          zone={props.zone}
          refusal={refusal}
          onChange={set}
        />
      </div>
      <div className="stack tight">
        <Field label="Drill (YAML)" name="drill" refusal={null} hint="The fields are part of this text.">
          {(control) => <YamlEditor control={control} value={text} onChange={setText} errors={refusal?.fields ?? []} />}
        </Field>
        {fault ? (
          <p className="form-error" role="alert">
            Line {fault.line}: {fault.message}
          </p>
        ) : null}
        <YamlErrors text={text} errors={refusal?.fields ?? []} />
        {unfilled.length > 0 ? (
          <p className="form-error" role="alert">
            Fill in first: {unfilled.join(', ')}
          </p>
        ) : null}
        {refusal && refusal.fields.length === 0 ? <FormError refusal={refusal} /> : null}
        <div className="row end">
          {props.id ? null : (
            <Link className="button" href="/drills">
              Cancel
            </Link>
          )}
          <button type="submit" className="button primary" disabled={busy}>
            {busy ? 'Checking…' : props.id ? 'Save the drill' : 'Plan the drill'}
          </button>
        </div>
      </div>
    </form>
  );
}

/** What belongs to one feature stays. */
function textFrom(template: TemplateView, before: Record<string, unknown>): string {
  const body = template.body !== null && typeof template.body === 'object' ? template.body : {};
  const { name: _, ...rest } = body as Record<string, unknown>;
  const { feature = '', environment = '', owner = '' } = before;
  return yamlOf({ name: template.name, feature, environment, owner, ...rest });
}

function StartDrillFrom(props: {
  templates: TemplateView[];
  initial: string | null;
  changed: boolean;
  onChoose: (template: TemplateView) => void;
}) {
  const [chosen, setChosen] = useState(props.initial ?? '');
  const template = props.templates.find((t) => t.id === chosen);
  return (
    <Field
      label="Start from"
      name="template"
      refusal={null}
      className={styles.wide}
      hint={template && visible(template.description)}
    >
      {(control) => (
        <select
          {...control}
          value={chosen}
          onChange={(e) => {
            const next = props.templates.find((t) => t.id === e.target.value);
            if (!next || (props.changed && !window.confirm('Replace the drill as you have changed it?'))) return;
            setChosen(next.id);
            props.onChoose(next);
          }}
        >
          {template ? null : <option value="">The drill beside this</option>}
          <TemplateOptions templates={props.templates} />
        </select>
      )}
    </Field>
  );
}
