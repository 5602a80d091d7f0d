'use client';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { Field, FormError, useSend } from '@/app/ui/form/form.client';
import { Save } from '@/app/ui/form/save.client';
import type { Refusal } from '@/app/ui/form/send';
import { Icon } from '@/app/ui/icon';
import type { Feature, FlagValue } from '@/lib/feature/model';
import { builtinId } from '@/lib/plane/model';

type Row = { name: string; value: string };

export function FeatureForm(props: {
  feature: Feature | null;
  planes: Array<{ id: string; name: string }>;
  suggested?: { key: string; versions: string[] };
}) {
  const router = useRouter();
  const { feature } = props;
  const [key, setKey] = useState(feature?.key ?? props.suggested?.key ?? '');
  const [owner, setOwner] = useState(feature?.owner ?? '');
  const [description, setDescription] = useState(feature?.description ?? '');
  const [kind, setKind] = useState<Feature['kind']>(feature?.kind ?? 'flag');
  const [plane, setPlane] = useState(feature?.plane ?? builtinId);
  const [rows, setRows] = useState<Row[]>(() => startRows(feature, props.suggested?.versions ?? []));
  const [baseline, setBaseline] = useState(feature?.baseline ?? rows[0]?.name ?? '');
  const [done, setDone] = useState(false);
  const { busy, refusal, run } = useSend();
  const change = (index: number, over: Partial<Row>) => {
    if (over.name !== undefined && rows[index]?.name === baseline) setBaseline(over.name);
    setRows(rows.map((row, i) => (i === index ? { ...row, ...over } : row)));
  };
  const submit = async () => {
    const versions = Object.fromEntries(rows.filter((r) => r.name !== '').map((r) => [r.name, typedValue(r.value)]));
    const body = { key, owner, description, kind, versions, baseline, plane };
    const sent = await run('PUT', `/features/${encodeURIComponent(key)}`, body);
    setDone(sent.ok);
    if (sent.ok && !feature) router.push(`/features/${encodeURIComponent(key)}`);
  };
  return (
    <form
      className="stack"
      onSubmit={(e) => {
        e.preventDefault();
        void submit();
      }}
    >
      <div className="columns">
        {feature ? null : (
          <Field label="Feature key" name="key" refusal={refusal} hint="OpenTelemetry’s feature_flag.key">
            {(c) => (
              <input {...c} value={key} onChange={(e) => setKey(e.target.value)} required placeholder="new-checkout" />
            )}
          </Field>
        )}
        <Field label="Owner" name="owner" refusal={refusal}>
          {(c) => (
            <input {...c} value={owner} onChange={(e) => setOwner(e.target.value)} required placeholder="payments" />
          )}
        </Field>
        <Field
          label="Kind"
          name="kind"
          refusal={refusal}
          hint="flag: Belay switches it; deployment: Belay only watches"
        >
          {(c) => (
            <select {...c} value={kind} onChange={(e) => setKind(e.target.value as Feature['kind'])}>
              <option value="flag">flag</option>
              <option value="deployment">deployment</option>
            </select>
          )}
        </Field>
        {props.planes.length > 1 || plane !== builtinId ? (
          <PlaneField plane={plane} planes={props.planes} refusal={refusal} onChange={setPlane} />
        ) : null}
        <Field label="Description" name="description" refusal={refusal}>
          {(c) => <input {...c} value={description} onChange={(e) => setDescription(e.target.value)} />}
        </Field>
      </div>
      <fieldset style={{ border: 0, margin: 0, padding: 0 }} className="stack tight">
        <legend className="small quiet">Versions, and the value that each answers (JSON, else text)</legend>
        {rows.map((row, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: rows are edited in place and have no other name
          <div className="row" key={index}>
            <input
              aria-label={`Version ${index + 1}`}
              style={{ width: 180 }}
              value={row.name}
              placeholder="treatment"
              onChange={(e) => change(index, { name: e.target.value })}
            />
            <input
              aria-label={`Value of version ${index + 1}`}
              style={{ width: 180 }}
              className="mono"
              value={row.value}
              placeholder="true"
              onChange={(e) => change(index, { value: e.target.value })}
            />
            <label className="row small">
              <input
                type="radio"
                name="baseline"
                checked={row.name !== '' && row.name === baseline}
                onChange={() => setBaseline(row.name)}
              />
              baseline
            </label>
            {rows.length > 1 ? (
              <button
                type="button"
                className="button ghost small"
                aria-label={`Remove version ${index + 1}`}
                onClick={() => setRows(rows.filter((_, i) => i !== index))}
              >
                <Icon name="close" size={12} />
              </button>
            ) : null}
          </div>
        ))}
        <div>
          <button type="button" className="button small" onClick={() => setRows([...rows, { name: '', value: '' }])}>
            <Icon name="plus" size={12} /> Another version
          </button>
        </div>
      </fieldset>
      <FormError refusal={refusal} shown={['key', 'owner', 'kind', 'plane', 'description']} />
      <Save
        busy={busy}
        done={done && feature !== null}
        label={feature ? 'Save the feature' : 'Create the feature'}
        primary
      />
    </form>
  );
}

function PlaneField(props: {
  plane: string;
  planes: Array<{ id: string; name: string }>;
  refusal: Refusal | null;
  onChange: (plane: string) => void;
}) {
  const hint = 'what holds its flags; a plane outside is ordered what to serve, and read back';
  return (
    <Field label="Control plane" name="plane" refusal={props.refusal} hint={hint}>
      {(c) => (
        <select {...c} value={props.plane} onChange={(e) => props.onChange(e.target.value)}>
          {props.planes.map((p) => (
            <option key={p.id} value={p.id}>
              {p.name}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

function startRows(feature: Feature | null, suggested: string[]): Row[] {
  if (feature) return Object.entries(feature.versions).map(([name, value]) => ({ name, value: textOf(value) }));
  if (suggested.length > 0) return suggested.map((name) => ({ name, value: JSON.stringify(name) }));
  return [
    { name: 'control', value: 'false' },
    { name: 'treatment', value: 'true' },
  ];
}

const textOf = (value: FlagValue) => (typeof value === 'string' ? value : JSON.stringify(value));

function typedValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
