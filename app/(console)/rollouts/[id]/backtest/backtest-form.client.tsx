'use client';
/** The criteria to try, the stretch to try them on, and what comes of it. */
import { useRef, useState } from 'react';
import { parseDocument } from 'yaml';
import { Field } from '@/app/ui/form/form.client';
import { type Refusal, send } from '@/app/ui/form/send';
import { lineOf, YamlEditor } from '@/app/ui/form/yaml-editor.client';
import { StateNote } from '@/app/ui/page/panel';
import type { BacktestView } from '@/app/ui/views';
import type { Zone } from '@/lib/chart/time';
import styles from './backtest.module.css';
import { BacktestResult } from './backtest-result.client';

const beside = ['from', 'to', 'mode'];

export function BacktestForm(props: {
  id: string;
  initial: string;
  from: string | null;
  to: string | null;
  observes: boolean;
  units: Record<string, string>;
  zone: Zone;
}) {
  const [text, setText] = useState(props.initial);
  const [stretch, setStretch] = useState({ from: props.from ?? '', to: '', mode: 'as_happened' });
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const [view, setView] = useState<BacktestView | null>(null);
  const asked = JSON.stringify([text, stretch]);
  const [answered, setAnswered] = useState('');
  const result = useRef<HTMLDivElement>(null);
  const run = async () => {
    const read = orderOf(text, stretch);
    if (!read.ok) return setRefusal(read.refusal);
    setBusy(true);
    setRefusal(null);
    const sent = await send<BacktestView>('POST', `/rollouts/${props.id}/backtest`, read.body);
    setBusy(false);
    if (!sent.ok) return setRefusal(sent.refusal);
    setView(sent.body);
    setAnswered(asked);
    // On a phone the answer comes below the editor.
    requestAnimationFrame(() => result.current?.scrollIntoView({ block: 'nearest' }));
  };
  return (
    <div className={styles.columns}>
      <form
        className={styles.form}
        onSubmit={(e) => {
          e.preventDefault();
          void run();
        }}
      >
        <Field
          label="Criteria, bound and gates (YAML)"
          name="plan"
          refusal={null}
          hint="Exposure is a fact of the stretch and stays as it was. Stages that are left out stay as they were."
        >
          {(control) => <YamlEditor control={control} value={text} onChange={setText} errors={refusal?.fields ?? []} />}
        </Field>
        <Complaints text={text} refusal={refusal} />
        <Stretch value={stretch} onChange={setStretch} refusal={refusal} end={props.to} />
        <div className="row between">
          <button
            type="button"
            className="button"
            disabled={text === props.initial}
            onClick={() => {
              setText(props.initial);
              setRefusal(null);
            }}
          >
            As in the plan
          </button>
          <button type="submit" className="button primary" disabled={busy} aria-busy={busy || undefined}>
            {busy ? 'Judging…' : 'Run the backtest'}
          </button>
        </div>
      </form>
      <div className={styles.result} ref={result}>
        {view && answered !== asked ? (
          <div className={styles.waiting}>
            <StateNote state="stale">Edited since it was run: what follows is of what it was before.</StateNote>
          </div>
        ) : null}
        {view ? (
          <BacktestResult view={view} units={props.units} zone={props.zone} observes={props.observes} />
        ) : (
          <div className={styles.waiting}>
            <StateNote state="empty">
              Change a margin, a kind or a gate, and run: what Belay would have decided, when, next to what happened.
            </StateNote>
          </div>
        )}
      </div>
    </div>
  );
}

type StretchFields = { from: string; to: string; mode: string };

function Stretch(props: {
  value: StretchFields;
  onChange: (value: StretchFields) => void;
  refusal: Refusal | null;
  end: string | null;
}) {
  const { value, onChange, refusal } = props;
  return (
    <div className={styles.stretch}>
      <Field label="From (ISO 8601)" name="from" refusal={refusal}>
        {(control) => (
          <input {...control} value={value.from} onChange={(e) => onChange({ ...value, from: e.target.value })} />
        )}
      </Field>
      <Field label="To" name="to" refusal={refusal}>
        {(control) => (
          <input
            {...control}
            value={value.to}
            placeholder={props.end ?? 'now'}
            onChange={(e) => onChange({ ...value, to: e.target.value })}
          />
        )}
      </Field>
      <Field
        label="Stages change"
        name="mode"
        refusal={refusal}
        className={styles.wide}
        hint={
          value.mode === 'as_happened'
            ? 'At each moment: what Belay would have said where the rollout really stood.'
            : 'It widens, holds and rolls back by its own verdicts; telemetry stays that of what really was exposed.'
        }
      >
        {(control) => (
          <select {...control} value={value.mode} onChange={(e) => onChange({ ...value, mode: e.target.value })}>
            <option value="as_happened">when they really did</option>
            <option value="as_decided">when the backtest would have changed them</option>
          </select>
        )}
      </Field>
    </div>
  );
}

function Complaints({ text, refusal }: { text: string; refusal: Refusal | null }) {
  if (!refusal) return null;
  const fields = refusal.fields.filter((f) => !beside.includes(f.field));
  if (fields.length === 0 && refusal.fields.length > 0) return null;
  return (
    <ul className="form-error" role="alert">
      {fields.length === 0 ? <li>{refusal.message}</li> : null}
      {fields.map((f) => {
        const line = lineOf(text, f.field);
        return (
          <li key={`${f.field} ${f.message}`}>
            <code>{f.field}</code> {f.message}
            {line === null ? '' : ` (line ${line})`}
          </li>
        );
      })}
    </ul>
  );
}

type Order = { ok: true; body: Record<string, unknown> } | { ok: false; refusal: Refusal };

/** The text as the REST body, with the stretch beside it; what is no YAML is said here, with its line. */
function orderOf(text: string, { from, to, mode }: StretchFields): Order {
  const wrong = (message: string): Order => ({
    ok: false,
    refusal: { status: 400, message, fields: [{ field: 'plan', message }] },
  });
  const document = parseDocument(text);
  const fault = document.errors[0];
  if (fault)
    return wrong(`is not YAML: line ${fault.linePos?.[0].line ?? 1}: ${fault.code.toLowerCase().replaceAll('_', ' ')}`);
  let plan: unknown;
  try {
    plan = document.toJS({ maxAliasCount: 0 }) ?? {};
  } catch {
    return wrong('uses YAML aliases, which are not read here');
  }
  if (typeof plan !== 'object' || Array.isArray(plan)) return wrong('is not a list of fields');
  const times = { ...(from.trim() ? { from: from.trim() } : {}), ...(to.trim() ? { to: to.trim() } : {}) };
  return { ok: true, body: { ...plan, ...times, mode } };
}
