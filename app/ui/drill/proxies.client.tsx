'use client';
import { useState } from 'react';
import { Field, FormError, useSend } from '@/app/ui/form/form.client';
import { Badge } from '@/app/ui/page/badge';
import { StateNote } from '@/app/ui/page/panel';
import styles from '@/app/ui/settings/settings.module.css';
import { Name, visible } from '@/app/ui/text/name';
import type { DrillProxy, ProxyAnswer } from '@/lib/drill/proxy-model';

const keyOf = ({ environment, address }: DrillProxy) => `${environment} ${address}`;

/** `changes`: whoever administers may name others; `asks`: whoever operates may see whether they are ready. */
export function ProxyTable(props: { proxies: DrillProxy[]; changes: boolean; asks: boolean }) {
  const { proxies, changes, asks } = props;
  const { busy, refusal, run } = useSend();
  const [removing, setRemoving] = useState<string | null>(null);
  const [answers, setAnswers] = useState<ProxyAnswer[]>([]);
  const ask = async () => {
    const sent = await run<ProxyAnswer[]>('POST', '/settings/drill-proxies/check');
    if (sent.ok) setAnswers(sent.body);
  };
  const remove = async (gone: DrillProxy) => {
    await run('PUT', '/settings/drill-proxies', { proxies: proxies.filter((p) => keyOf(p) !== keyOf(gone)) });
    setRemoving(null);
  };
  if (proxies.length === 0)
    return <StateNote state="empty">None is named, so no drill of the level proxy can begin.</StateNote>;
  return (
    <>
      <FormError refusal={refusal} />
      <table className="cards">
        <thead>
          <tr>
            <th scope="col">Environment</th>
            <th scope="col">Runtime socket</th>
            <th scope="col">Table</th>
            <th scope="col">Ready</th>
            {changes ? <th scope="col">Change</th> : null}
          </tr>
        </thead>
        <tbody>
          {proxies.map((proxy) => (
            <tr key={keyOf(proxy)}>
              <th scope="row">
                <Name>{proxy.environment}</Name>
              </th>
              <td>
                <code className={styles.address}>{visible(proxy.address)}</code>
              </td>
              <td data-label="Table:">
                <Name>{proxy.table}</Name>
              </td>
              <td className={styles.whole}>
                <Ready answer={answers.find((a) => keyOf(a) === keyOf(proxy))} />
              </td>
              {changes ? (
                <td className={styles.whole}>
                  <Remove
                    name={proxy.address}
                    busy={busy}
                    asked={removing === keyOf(proxy)}
                    onAsk={(asked) => setRemoving(asked ? keyOf(proxy) : null)}
                    onRemove={() => void remove(proxy)}
                  />
                </td>
              ) : null}
            </tr>
          ))}
        </tbody>
      </table>
      {asks ? (
        <div className={`row ${styles.more}`}>
          <button type="button" className="button small" disabled={busy} onClick={() => void ask()}>
            {busy ? 'Asking…' : 'Ask them now'}
          </button>
        </div>
      ) : null}
    </>
  );
}

function Ready({ answer }: { answer: ProxyAnswer | undefined }) {
  return (
    <div role="status">
      {answer ? (
        <>
          <Badge tone={answer.ok ? 'good' : 'bad'}>{answer.ok ? 'Ready' : 'Not ready'}</Badge>
          <div className={`small quiet ${styles.address}`}>{visible(answer.detail)}</div>
        </>
      ) : (
        <span className="quiet">not asked yet</span>
      )}
    </div>
  );
}

function Remove(props: {
  name: string;
  busy: boolean;
  asked: boolean;
  onAsk: (asked: boolean) => void;
  onRemove: () => void;
}) {
  if (!props.asked)
    return (
      <button
        type="button"
        className="button small danger"
        aria-label={`Remove: ${props.name}`}
        onClick={() => props.onAsk(true)}
      >
        Remove
      </button>
    );
  return (
    <span className="row">
      <button type="button" className="button small danger primary" disabled={props.busy} onClick={props.onRemove}>
        Remove now
      </button>
      <button type="button" className="button small" onClick={() => props.onAsk(false)}>
        Keep
      </button>
    </span>
  );
}

const empty = { environment: '', address: '', table: 'belay_drill' };

export function ProxyForm({ proxies }: { proxies: DrillProxy[] }) {
  const [given, setGiven] = useState(empty);
  const { busy, refusal, run } = useSend();
  const at = (name: keyof DrillProxy) => `proxies[${proxies.length}].${name}`;
  const submit = async () => {
    const sent = await run('PUT', '/settings/drill-proxies', { proxies: [...proxies, given] });
    if (sent.ok) setGiven(empty);
  };
  const text = (name: keyof DrillProxy, of: { label: string; placeholder: string; hint?: string; wide?: boolean }) => (
    <Field
      label={of.label}
      name={at(name)}
      refusal={refusal}
      {...(of.hint ? { hint: of.hint } : {})}
      {...(of.wide ? { className: styles.wide } : {})}
    >
      {(c) => (
        <input
          {...c}
          value={given[name]}
          required
          placeholder={of.placeholder}
          onChange={(e) => setGiven({ ...given, [name]: e.target.value })}
        />
      )}
    </Field>
  );
  return (
    <form
      className={styles.form}
      aria-label="Add a proxy"
      onSubmit={(e) => {
        e.preventDefault();
        void submit();
      }}
    >
      {text('environment', { label: 'Environment', placeholder: 'production' })}
      {text('address', {
        label: 'Runtime socket (level admin)',
        placeholder: 'unix@/run/haproxy/admin.sock',
        hint: 'or ipv4@10.0.0.5:9999',
        wide: true,
      })}
      {text('table', { label: 'Stick-table', placeholder: 'belay_drill', hint: 'as in haproxy-drill.cfg' })}
      <button type="submit" className="button primary" disabled={busy}>
        Add the proxy
      </button>
      <FormError refusal={refusal} shown={(['environment', 'address', 'table'] as const).map(at)} />
    </form>
  );
}
