'use client';
/** A drill as fields and as YAML. Both are one text: the fields edit it, so neither can fall behind the other. */
import Link from 'next/link';
import { type ReactNode, useRef, useState } from 'react';
import { FillIn } from '@/app/ui/form/fill-in.client';
import { Field } from '@/app/ui/form/form.client';
import type { Refusal } from '@/app/ui/form/send';
import { YamlEditor, YamlErrors } from '@/app/ui/form/yaml-editor.client';
import { placeholdersIn, type TemplateView } from '@/lib/template/model';
import { useDrillText } from './edit.client';
import { DrillFields, type DrillKnown } from './fields.client';
import styles from './form.module.css';
import { Meanwhile } from './meanwhile.client';
import { NextRuns, usePreview } from './preview.client';
import { ScheduleFields } from './schedule.client';
import { StartDrillFrom, textFrom } from './start.client';
import { drillSummary } from './summary';
import { withValues } from './text';

type Tab = 'fields' | 'yaml';

export function DrillForm(props: {
  /** null: a new one */
  id: string | null;
  initial: string;
  /** which version that is; 0: a new one */
  version: number;
  known: DrillKnown;
  templates: TemplateView[];
  template: string | null;
  /** the reader’s */
  zone: string;
}) {
  const form = useDrillText(props.id, { text: props.initial, version: props.version });
  const { text, setText, drill, refusal } = form;
  const [tab, setTab] = useState<Tab>('fields');
  const set = (changes: Record<string, unknown>) => setText(withValues(text, changes));
  const environment = String(drill.environment ?? '');
  const previewed = usePreview({ schedule: drill.schedule, environment, zone: props.zone });
  const told = merged(refusal, previewed.refusal);
  const edit = { drill, refusal: told, onChange: set };
  const ref = useRef<HTMLFormElement>(null);
  const show = (field: string) => {
    setTab('fields');
    window.setTimeout(() => reveal(ref.current, field), 50);
  };
  return (
    <form
      ref={ref}
      className={styles.form}
      onSubmit={(e) => {
        e.preventDefault();
        void form.submit();
      }}
    >
      <div className={styles.main}>
        <Tabs tab={tab} onTab={setTab} />
        <div className={styles.panel} role="tabpanel" id="drill-fields" aria-label="Fields" hidden={tab !== 'fields'}>
          {props.id && placeholdersIn(text).length === 0 ? null : (
            <div className={styles.section}>
              {props.id ? null : (
                <StartDrillFrom
                  templates={props.templates}
                  initial={props.template}
                  changed={form.changed}
                  onChoose={(template) => form.replace(textFrom(template, drill))}
                />
              )}
              <FillIn text={text} cohorts={props.known.cohorts} unfilled={form.unfilled} onChange={setText} />
            </div>
          )}
          {form.broken ? (
            <p className="form-error">
              Line {form.broken.line} of the YAML: {form.broken.message}. The fields come back once it is mended.
            </p>
          ) : (
            <>
              <DrillFields {...edit} known={props.known} fixed={props.id !== null} />
              <ScheduleFields {...edit} zone={props.zone} />
            </>
          )}
        </div>
        <div className={styles.yaml} role="tabpanel" id="drill-yaml" aria-label="YAML" hidden={tab !== 'yaml'}>
          <Field label="Drill (YAML)" name="drill" refusal={null} hint="The same text that the fields change.">
            {(control) => <YamlEditor control={control} value={text} onChange={setText} errors={told?.fields ?? []} />}
          </Field>
          <YamlErrors text={text} errors={told?.fields ?? []} />
        </div>
      </div>
      <aside className={styles.side} aria-label="What it comes to">
        <section>
          <h2>What it comes to</h2>
          <ul className={styles.sum}>
            {drillSummary(drill).map(({ what, text: says }) => (
              <li key={what}>
                <span>{what}</span>
                <bdi>{says}</bdi>
              </li>
            ))}
          </ul>
        </section>
        <section>
          <h2>Next runs</h2>
          <NextRuns {...previewed} />
        </section>
        <Send form={form} isNew={props.id === null} onShow={show} />
      </aside>
    </form>
  );
}

function merged(sent: Refusal | null, previewed: Refusal | null): Refusal | null {
  const schedule = previewed?.fields.filter((f) => f.field.startsWith('schedule')) ?? [];
  if (!sent) return schedule.length > 0 && previewed ? { ...previewed, fields: schedule } : null;
  const fields = sent.fields.filter((f) => !schedule.some((s) => s.field === f.field));
  return { ...sent, fields: [...fields, ...schedule] };
}

/** Folds that it is in are open by then. */
function reveal(form: HTMLFormElement | null, field: string): void {
  const named = form?.querySelector<HTMLElement>(`[name="${CSS.escape(field)}"]`);
  const wrong = form?.querySelector<HTMLElement>('[aria-invalid="true"], [data-wrong]');
  const found = named ?? wrong;
  found?.scrollIntoView({ block: 'center' });
  found?.focus();
}

function Tabs({ tab, onTab }: { tab: Tab; onTab: (tab: Tab) => void }) {
  const tabs: Array<[Tab, string]> = [
    ['fields', 'Fields'],
    ['yaml', 'YAML'],
  ];
  return (
    <div className={styles.tabs}>
      <div className="row" role="tablist" aria-label="How to write it">
        {tabs.map(([name, label]) => (
          <button
            key={name}
            type="button"
            role="tab"
            className="button small"
            aria-selected={tab === name}
            aria-controls={`drill-${name}`}
            tabIndex={tab === name ? 0 : -1}
            onClick={() => onTab(name)}
            onKeyDown={(e) => {
              if (e.key !== 'ArrowLeft' && e.key !== 'ArrowRight') return;
              onTab(name === 'fields' ? 'yaml' : 'fields');
              const other =
                name === 'fields' ? e.currentTarget.nextElementSibling : e.currentTarget.previousElementSibling;
              (other as HTMLElement | null)?.focus();
            }}
          >
            {label}
          </button>
        ))}
      </div>
      <p className="small quiet">One text: what is changed here stands there too.</p>
    </div>
  );
}

type Form = ReturnType<typeof useDrillText>;

function Send({ form, isNew, onShow }: { form: Form; isNew: boolean; onShow: (field: string) => void }) {
  const { refusal, broken, unfilled, busy } = form;
  return (
    <div className={styles.send}>
      {broken ? (
        <p className="form-error" role="alert">
          Line {broken.line} of the YAML: {broken.message}
        </p>
      ) : null}
      {unfilled.length > 0 ? (
        <p className="form-error" role="alert">
          Fill in first: {unfilled.join(', ')}
        </p>
      ) : null}
      {form.theirs ? (
        <Meanwhile
          theirs={form.theirs}
          refusal={refusal}
          broken={broken !== null}
          onTakeIn={form.takeIn}
          onTakeTheirs={form.takeTheirs}
        />
      ) : refusal && (refusal.fields.length === 0 || refusal.status === 409) ? (
        <p className="form-error" role="alert">
          {refusal.message}
        </p>
      ) : refusal ? (
        <Wrong refusal={refusal} onShow={onShow} />
      ) : null}
      <div className="row end">
        {form.saved && !form.changed ? (
          <span className="small" role="status">
            Saved
          </span>
        ) : null}
        {isNew ? (
          <Link className="button" href="/drills">
            Cancel
          </Link>
        ) : null}
        <button
          type="submit"
          className="button primary"
          disabled={busy || form.theirs !== null || (!isNew && !form.changed)}
        >
          {busy ? 'Checking…' : isNew ? 'Plan the drill' : 'Save the drill'}
        </button>
      </div>
    </div>
  );
}

/** Each leads to its field. */
function Wrong({ refusal, onShow }: { refusal: Refusal; onShow: (field: string) => void }): ReactNode {
  return (
    <div className={`form-error ${styles.wrong}`} role="alert">
      Nothing was changed:
      {refusal.fields.map((f) => (
        <button key={`${f.field} ${f.message}`} type="button" onClick={() => onShow(f.field)}>
          {f.field}: {f.message}
        </button>
      ))}
    </div>
  );
}
