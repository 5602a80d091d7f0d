'use client';
/** Templates of one’s own: saved from what there is, changed as YAML, removed. */
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { Field, FormError, useSend } from '@/app/ui/form/form.client';
import type { Refusal } from '@/app/ui/form/send';
import { errorsIn, YamlField } from '@/app/ui/form/yaml-editor.client';
import { read, type YamlFault } from '@/app/ui/form/yaml-read';
import { yamlOf } from '@/app/ui/rollout/plan-text';
import styles from '@/app/ui/runbook/runbook.module.css';
import { templateWords } from '@/app/ui/runbook/words';
import { visible } from '@/app/ui/text/name';
import type { TemplateKind, TemplateView } from '@/lib/template/model';

type Texts = { name: string; description: string };

function TextFields(props: { value: Texts; refusal: Refusal | null; onChange: (value: Texts) => void }) {
  const { value, refusal, onChange } = props;
  return (
    <>
      <Field label="Name" name="name" refusal={refusal}>
        {(control) => (
          <input {...control} value={value.name} onChange={(e) => onChange({ ...value, name: e.target.value })} />
        )}
      </Field>
      <Field label="When to take it" name="description" refusal={refusal}>
        {(control) => (
          <textarea
            {...control}
            rows={3}
            value={value.description}
            onChange={(e) => onChange({ ...value, description: e.target.value })}
          />
        )}
      </Field>
    </>
  );
}

/** Of one thing that is there already. */
export function SaveTemplate({ kind, from, name }: { kind: TemplateKind; from: string; name: string }) {
  const router = useRouter();
  const { busy, refusal, run } = useSend();
  const [texts, setTexts] = useState({ name, description: '' });
  const save = async () => {
    const sent = await run<TemplateView>('POST', '/templates', { kind, from, ...texts });
    if (sent.ok) router.push(`/library/${sent.body.id}`);
  };
  return (
    <form
      className={styles.form}
      onSubmit={(e) => {
        e.preventDefault();
        void save();
      }}
    >
      <div className={styles.fields}>
        <TextFields value={texts} refusal={refusal} onChange={setTexts} />
      </div>
      <FormError refusal={refusal} shown={['name', 'description']} />
      <div className="row">
        <button type="submit" className="button" disabled={busy}>
          Save as a template
        </button>
      </div>
    </form>
  );
}

type Source = { id: string; label: string };

/** Of any rollout, runbook or drill that there is. */
export function SaveAny(props: { rollouts: Source[]; runbooks: Source[]; drills: Source[]; from: string | null }) {
  const { rollouts, runbooks, drills, from } = props;
  const isOf = (of: Source[]) => of.some((s) => s.id === from);
  const [kind, setKind] = useState<TemplateKind>(isOf(drills) ? 'drill' : isOf(runbooks) ? 'runbook' : 'plan');
  const sources = { plan: rollouts, criteria: rollouts, runbook: runbooks, drill: drills, postmortem: [] }[kind];
  const [chosen, setChosen] = useState(from ?? '');
  const source = sources.find((s) => s.id === chosen) ?? sources[0];
  return (
    <div className={styles.form}>
      <div className={styles.fields}>
        <Field label="What" name="kind" refusal={null}>
          {(control) => (
            <select {...control} value={kind} onChange={(e) => setKind(e.target.value as TemplateKind)}>
              <option value="plan">the plan of a rollout</option>
              <option value="criteria">the criteria of a rollout</option>
              <option value="runbook">a runbook</option>
              <option value="drill">a drill</option>
            </select>
          )}
        </Field>
        <Field label="Of" name="from" refusal={null}>
          {(control) => (
            <select {...control} value={source?.id ?? ''} onChange={(e) => setChosen(e.target.value)}>
              {sources.length === 0 ? <option value="">there is none yet</option> : null}
              {sources.map((s) => (
                <option key={s.id} value={s.id}>
                  {visible(s.label)}
                </option>
              ))}
            </select>
          )}
        </Field>
      </div>
      {source ? <SaveTemplate key={`${kind} ${source.id}`} kind={kind} from={source.id} name="" /> : null}
    </div>
  );
}

/** One’s own is changed; one that comes with Belay is copied. */
export function TemplateForm({ template }: { template: TemplateView }) {
  const router = useRouter();
  const { busy, refusal, run } = useSend();
  const { id, kind, builtin } = template;
  const [texts, setTexts] = useState({
    name: builtin ? `${template.name}, ours` : template.name,
    description: template.description,
  });
  const [text, setText] = useState(() => yamlOf(template.body));
  const [fault, setFault] = useState<YamlFault | null>(null);
  const save = async () => {
    const body = read(text);
    setFault(body.ok ? null : body.fault);
    if (!body.ok) return;
    const sent = builtin
      ? await run<TemplateView>('POST', '/templates', { kind, ...texts, body: body.value })
      : await run<TemplateView>('PUT', `/templates/${id}`, { ...texts, body: body.value });
    if (sent.ok && builtin) router.push(`/library/${sent.body.id}`);
  };
  const remove = async () => {
    if (!window.confirm('Remove this template? What was started from it stays.')) return;
    const sent = await run('DELETE', `/templates/${id}`);
    if (sent.ok) router.push('/library');
  };
  const inBody = errorsIn(refusal?.fields ?? [], 'body');
  return (
    <form
      className={styles.form}
      onSubmit={(e) => {
        e.preventDefault();
        void save();
      }}
    >
      <div className={styles.fields}>
        <TextFields value={texts} refusal={refusal} onChange={setTexts} />
      </div>
      <YamlField
        label={`The ${templateWords[kind].one} (YAML)`}
        name="body"
        value={text}
        onChange={setText}
        fault={fault}
        errors={inBody}
      />
      {refusal && inBody.length === 0 ? <FormError refusal={refusal} shown={['name', 'description']} /> : null}
      <div className="row end">
        {builtin ? null : (
          <button type="button" className="button danger" disabled={busy} onClick={() => void remove()}>
            Remove
          </button>
        )}
        <button type="submit" className="button primary" disabled={busy}>
          {busy ? 'Checking…' : builtin ? 'Save as my own' : 'Save'}
        </button>
      </div>
    </form>
  );
}
