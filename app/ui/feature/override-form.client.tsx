'use client';
import { useState } from 'react';
import { Dialog } from '@/app/ui/form/dialog.client';
import { Field, FormError, useSend } from '@/app/ui/form/form.client';
import { ReasonField } from '@/app/ui/form/reasoned-order.client';
import { orderKey } from '@/app/ui/form/send';
import { Icon } from '@/app/ui/icon';
import { scopeKinds } from '@/lib/feature/model';

export function KillForm({
  feature,
  environments,
  killed,
}: {
  feature: string;
  environments: string[];
  killed: boolean;
}) {
  const [open, setOpen] = useState<'kill' | 'revive' | null>(null);
  const [environment, setEnvironment] = useState('');
  const [reason, setReason] = useState('');
  const [key] = useState(orderKey);
  const { busy, refusal, run } = useSend();
  const submit = async () => {
    const sent = await run(
      'POST',
      `/features/${encodeURIComponent(feature)}/${open}`,
      { environment: environment === '' ? null : environment, reason },
      { idempotencyKey: `${key}-${open}-${environment}` },
    );
    if (sent.ok) setOpen(null);
  };
  return (
    <>
      {killed ? (
        <button type="button" className="button small" onClick={() => setOpen('revive')}>
          <Icon name="start" /> Lift a kill
        </button>
      ) : null}
      <button type="button" className="button small danger" onClick={() => setOpen('kill')}>
        <Icon name="kill" /> Kill switch
      </button>
      <Dialog
        title={open === 'kill' ? 'Kill switch' : 'Lift a kill'}
        open={open !== null}
        onClose={() => setOpen(null)}
      >
        <form
          className="stack"
          onSubmit={(e) => {
            e.preventDefault();
            void submit();
          }}
        >
          <p>
            {open === 'kill'
              ? 'Everyone in reach is served the baseline at once, over every rollout and override.'
              : 'Rollouts and overrides decide again.'}
          </p>
          <Field label="Where" name="environment" refusal={refusal}>
            {(c) => (
              <select {...c} value={environment} onChange={(e) => setEnvironment(e.target.value)}>
                <option value="">Everywhere</option>
                {environments.map((name) => (
                  <option key={name} value={name}>
                    {name}
                  </option>
                ))}
              </select>
            )}
          </Field>
          <ReasonField label="Why" reason={reason} onChange={setReason} refusal={refusal} />
          <FormError refusal={refusal} shown={['environment', 'reason']} />
          <div className="row end">
            <button type="button" className="button" onClick={() => setOpen(null)}>
              Cancel
            </button>
            <button type="submit" className={`button primary ${open === 'kill' ? 'danger' : ''}`} disabled={busy}>
              {open === 'kill' ? 'Kill' : 'Lift the kill'}
            </button>
          </div>
        </form>
      </Dialog>
    </>
  );
}

export function OverrideForm(props: {
  feature: string;
  versions: string[];
  cohorts: string[];
  environments: string[];
}) {
  const [scope, setScope] = useState<(typeof scopeKinds)[number]>('user');
  const [value, setValue] = useState('');
  const [environment, setEnvironment] = useState('');
  const [effect, setEffect] = useState<'serve' | 'kill'>('serve');
  const [version, setVersion] = useState(props.versions[0] ?? '');
  const [reason, setReason] = useState('');
  const { busy, refusal, run } = useSend();
  const submit = async () => {
    const sent = await run('POST', `/features/${encodeURIComponent(props.feature)}/overrides`, {
      scope,
      effect,
      reason,
      ...(scope === 'organisation' ? {} : { value }),
      ...(environment && (scope === 'cohort' || scope === 'user') ? { environment } : {}),
      ...(effect === 'serve' ? { version } : {}),
    });
    if (sent.ok) {
      setValue('');
      setReason('');
    }
  };
  const suggestions = scope === 'cohort' ? props.cohorts : scope === 'environment' ? props.environments : [];
  const valueLabel = scope === 'user' ? 'Targeting key' : scope === 'cohort' ? 'Cohort' : 'Environment name';
  return (
    <form
      className="stack tight"
      style={{ marginTop: 12 }}
      onSubmit={(e) => {
        e.preventDefault();
        void submit();
      }}
    >
      <div className="columns">
        <Field label="Scope" name="scope" refusal={refusal}>
          {(c) => (
            <select {...c} value={scope} onChange={(e) => setScope(e.target.value as typeof scope)}>
              {scopeKinds.map((kind) => (
                <option key={kind}>{kind}</option>
              ))}
            </select>
          )}
        </Field>
        {scope === 'organisation' ? null : (
          <Field label={valueLabel} name="value" refusal={refusal}>
            {(c) => (
              <>
                <input {...c} value={value} onChange={(e) => setValue(e.target.value)} list={`${c.id}-known`} />
                <datalist id={`${c.id}-known`}>
                  {suggestions.map((s) => (
                    <option key={s} value={s} />
                  ))}
                </datalist>
              </>
            )}
          </Field>
        )}
        {scope === 'cohort' || scope === 'user' ? (
          <Field label="Only in environment" name="environment" refusal={refusal}>
            {(c) => (
              <input {...c} value={environment} placeholder="all" onChange={(e) => setEnvironment(e.target.value)} />
            )}
          </Field>
        ) : null}
        <Field label="Effect" name="effect" refusal={refusal}>
          {(c) => (
            <select {...c} value={effect} onChange={(e) => setEffect(e.target.value as typeof effect)}>
              <option value="serve">serve a version</option>
              <option value="kill">kill: the baseline</option>
            </select>
          )}
        </Field>
        {effect === 'serve' ? (
          <Field label="Version" name="version" refusal={refusal}>
            {(c) => (
              <select {...c} value={version} onChange={(e) => setVersion(e.target.value)}>
                {props.versions.map((v) => (
                  <option key={v}>{v}</option>
                ))}
              </select>
            )}
          </Field>
        ) : null}
        <ReasonField label="Why" reason={reason} onChange={setReason} refusal={refusal} />
      </div>
      <FormError refusal={refusal} shown={['scope', 'value', 'environment', 'effect', 'version', 'reason']} />
      <div className="row end">
        <button type="submit" className="button primary" disabled={busy}>
          Set the override
        </button>
      </div>
    </form>
  );
}

export function OptOutForm({ feature }: { feature: string }) {
  const [key, setKey] = useState('');
  const { busy, refusal, run } = useSend();
  return (
    <form
      className="row bottom"
      style={{ marginTop: 12 }}
      onSubmit={async (e) => {
        e.preventDefault();
        const sent = await run('PUT', `/features/${encodeURIComponent(feature)}/opt-outs/${encodeURIComponent(key)}`);
        if (sent.ok) setKey('');
      }}
    >
      <Field label="Targeting key" name="targetingKey" refusal={refusal}>
        {(c) => <input {...c} value={key} onChange={(e) => setKey(e.target.value)} required style={{ width: 240 }} />}
      </Field>
      <button type="submit" className="button" disabled={busy}>
        Opt out
      </button>
      <FormError refusal={refusal} shown={['targetingKey']} />
    </form>
  );
}

export function RemoveButton({ label, path, reason }: { label: string; path: string; reason?: string }) {
  const { busy, refusal, run } = useSend();
  return (
    <>
      <button
        type="button"
        className="button ghost small"
        aria-label={label}
        title={label}
        disabled={busy}
        onClick={() => void run('DELETE', reason ? `${path}?reason=${encodeURIComponent(reason)}` : path)}
      >
        <Icon name="close" size={12} />
      </button>
      {refusal ? <span className="form-error">{refusal.message}</span> : null}
    </>
  );
}
