'use client';
import { useState } from 'react';
import { Field, FormError, useSend } from '@/app/ui/form/form.client';
import styles from '@/app/ui/settings/settings.module.css';
import { visible } from '@/app/ui/text/name';
import { builtinId, type PlaneView } from '@/lib/plane/model';
import type { WebhookView } from '@/lib/webhook/model';

const shown = ['name', 'webhook', 'regions', 'deadlineMs', 'fallbackPlane', 'fallbackVersion'];

/** `plane` null: a new one. */
export function PlaneForm(props: {
  plane: PlaneView | null;
  planes: PlaneView[];
  webhooks: WebhookView[];
  onSaved?: () => void;
}) {
  const { plane } = props;
  const builtin = plane?.id === builtinId;
  const start = {
    name: plane?.name ?? '',
    webhook: plane?.webhook ?? props.webhooks[0]?.id ?? '',
    regions: plane?.regions.join(', ') ?? '',
    seconds: (plane?.deadlineMs ?? 10_000) / 1000,
    fallbackPlane: plane?.fallbackPlane ?? '',
    fallbackVersion: plane?.fallbackVersion ?? '',
  };
  const [given, setGiven] = useState(start);
  const { busy, refusal, run } = useSend();
  const submit = async () => {
    const body = {
      name: given.name,
      kind: builtin ? 'builtin' : 'webhook',
      webhook: builtin ? null : given.webhook,
      regions: given.regions.split(',').flatMap((r) => (r.trim() === '' ? [] : [r.trim()])),
      deadlineMs: Math.round(given.seconds * 1000),
      fallbackPlane: given.fallbackPlane || null,
      fallbackVersion: given.fallbackVersion || null,
    };
    const answer = plane ? await run('PUT', `/planes/${plane.id}`, body) : await run('POST', '/planes', body);
    if (!answer.ok) return;
    if (!plane) setGiven(start);
    props.onSaved?.();
  };
  const text =
    (name: 'name' | 'regions' | 'fallbackVersion', placeholder: string, required = false) =>
    (c: object) => (
      <input
        {...c}
        value={given[name]}
        required={required}
        placeholder={placeholder}
        onChange={(e) => setGiven({ ...given, [name]: e.target.value })}
      />
    );
  return (
    <form
      className={styles.form}
      aria-label={plane ? `Edit ${plane.name}` : 'Add a control plane'}
      onSubmit={(e) => {
        e.preventDefault();
        void submit();
      }}
    >
      {plane ? (
        <h3 className={styles.title}>
          Edit <bdi>{visible(plane.name)}</bdi>
        </h3>
      ) : null}
      <Field label={plane ? 'Name' : 'Name of the new control plane'} name="name" refusal={refusal}>
        {text('name', 'edge-config', true)}
      </Field>
      {builtin ? null : (
        <>
          <Field label="Address that it is reached through" name="webhook" refusal={refusal}>
            {(c) => (
              <select {...c} value={given.webhook} onChange={(e) => setGiven({ ...given, webhook: e.target.value })}>
                {props.webhooks.map((w) => (
                  <option key={w.id} value={w.id}>
                    {w.name}
                  </option>
                ))}
              </select>
            )}
          </Field>
          <Field label="Regions" name="regions" refusal={refusal} hint="all must be heard of; none: it answers as one">
            {text('regions', 'eu, us')}
          </Field>
        </>
      )}
      <Field label="Answers within (seconds)" name="deadlineMs" refusal={refusal}>
        {(c) => (
          <input
            {...c}
            type="number"
            min={0.1}
            max={60}
            step={0.1}
            required
            value={given.seconds}
            onChange={(e) => setGiven({ ...given, seconds: Number(e.target.value) })}
          />
        )}
      </Field>
      <Field
        label="Fall back to"
        name="fallbackPlane"
        refusal={refusal}
        hint="asked once when this one stays unconfirmed"
      >
        {(c) => (
          <select
            {...c}
            value={given.fallbackPlane}
            onChange={(e) => setGiven({ ...given, fallbackPlane: e.target.value })}
          >
            <option value="">no other plane</option>
            {props.planes
              .filter((p) => p.id !== plane?.id && p.kind === 'webhook')
              .map((p) => (
                <option key={p.id} value={p.id}>
                  {p.name}
                </option>
              ))}
          </select>
        )}
      </Field>
      <Field
        label="or serve this version"
        name="fallbackVersion"
        refusal={refusal}
        hint="to everybody, where no other plane is named"
      >
        {text('fallbackVersion', 'none')}
      </Field>
      <button type="submit" className="button primary" disabled={busy}>
        {plane ? 'Save' : 'Add the plane'}
      </button>
      <FormError refusal={refusal} shown={shown} />
    </form>
  );
}
