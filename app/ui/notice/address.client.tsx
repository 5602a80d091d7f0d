'use client';
import { useState } from 'react';
import { Field, FormError, useSend } from '@/app/ui/form/form.client';
import { TwiceButton } from '@/app/ui/form/twice-button.client';
import { Name, visible } from '@/app/ui/text/name';
import { type AddressKind, type AddressView, addressKinds, type NoticeKind, noticeKinds } from '@/lib/notice/model';
import type { Sent, WebhookView } from '@/lib/webhook/model';
import { Confirmation } from './confirmation.client';
import styles from './notices.module.css';
import { mailWords, noticeKindWords, sentWords } from './words';

type Choice = { kind: AddressKind; webhook: string; email: string; kinds: NoticeKind[]; environments: string };

const addressKindWords: Record<AddressKind, string> = {
  webhook: 'a webhook (Standard Webhooks)',
  slack: 'a webhook of Slack, or of what speaks like it',
  email: 'a mailbox',
};

/** Where notices go now; each can be tried out, changed and taken away. */
type All = { addresses: AddressView[]; webhooks: WebhookView[] | null; mail: boolean };

export function NoticeAddresses({ addresses, webhooks, mail }: All) {
  return (
    <ul aria-label="Where notices go">
      {addresses.map((address) => (
        <li key={address.id}>
          <Address
            address={address}
            allowed={webhooks !== null}
            mail={mail}
            webhook={webhooks?.find((w) => w.id === address.webhook?.id) ?? null}
          />
        </li>
      ))}
    </ul>
  );
}

function Address(props: { address: AddressView; allowed: boolean; mail: boolean; webhook: WebhookView | null }) {
  const { address, allowed, mail, webhook } = props;
  const { busy, refusal, run } = useSend();
  const [changing, setChanging] = useState(false);
  const [sent, setSent] = useState<Sent | null>(null);
  const name = visible(address.name);
  const path = `/notice-addresses/${address.id}`;
  const test = async () => {
    setSent(null);
    const asked = await run<Sent>('POST', `${path}/test`);
    if (asked.ok) setSent(asked.body);
  };
  const outcome = sent && (address.kind === 'email' ? mailWords(sent) : sentWords(sent));
  return (
    <div className={styles.address}>
      <div className="row between">
        <strong>
          <Name>{address.name}</Name>
          {address.kind === 'webhook' ? null : (
            <span className="quiet"> {address.kind === 'email' ? 'e-mail' : 'Slack'}</span>
          )}
        </strong>
        {allowed ? (
          <span className="row">
            {address.mailbox?.told === null ? null : (
              <button type="button" className="button small" disabled={busy} onClick={() => void test()}>
                {busy ? 'Working…' : 'Send a test notice'}
              </button>
            )}
            <button
              type="button"
              className="button small"
              aria-label={`Change what ${name} is told`}
              aria-expanded={changing}
              onClick={() => setChanging(!changing)}
            >
              Change
            </button>
            <TwiceButton
              label={`Remove ${name}`}
              sure="Tell it nothing more"
              busy={busy}
              onSure={() => run('DELETE', path)}
            >
              Remove
            </TwiceButton>
          </span>
        ) : null}
      </div>
      <p className={styles.what}>
        {address.mailbox?.told === null ? 'Once it is confirmed: ' : ''}
        {wanted(address)}
      </p>
      {address.mailbox ? <Confirmation of={address.mailbox} address={address} allowed={allowed} mail={mail} /> : null}
      {webhook?.state === 'disabled' ? (
        <p className={styles.outcome} data-ok={false}>
          The webhook is disabled, so nothing arrives there{webhook.disabledReason ? `: ${webhook.disabledReason}` : ''}
          .
        </p>
      ) : null}
      <p role="status" className={styles.outcome} data-ok={outcome?.ok}>
        {outcome?.text}
      </p>
      <FormError refusal={refusal} />
      {changing && allowed ? (
        <AddressForm webhooks={webhook ? [webhook] : []} address={address} onDone={() => setChanging(false)} />
      ) : null}
    </div>
  );
}

/** "Told when a rollback begins, …; in production" */
function wanted({ kinds, environments }: AddressView): string {
  const what =
    kinds.length === 0 ? 'Told of everything' : `Told when ${kinds.map((k) => noticeKindWords[k]).join(', or ')}`;
  const where = environments.length === 0 ? 'in every environment' : `in ${environments.map(visible).join(', ')}`;
  return `${what}; ${where}.`;
}

export function AddressForm(props: { webhooks: WebhookView[]; address?: AddressView; onDone?: () => void }) {
  const { address, webhooks } = props;
  const fresh: Choice = {
    kind: address?.kind ?? (webhooks.length > 0 ? 'webhook' : 'email'),
    webhook: address?.webhook?.id ?? webhooks[0]?.id ?? '',
    email: address?.email ?? '',
    kinds: address?.kinds ?? [],
    environments: address?.environments.join(', ') ?? '',
  };
  const [choice, setChoice] = useState(fresh);
  const { busy, refusal, run } = useSend();
  const hook = webhooks.some((w) => w.id === choice.webhook) ? choice.webhook : (webhooks[0]?.id ?? '');
  const submit = async () => {
    const body = {
      kind: choice.kind,
      ...(choice.kind === 'email' ? { email: choice.email.trim() } : { webhook: hook }),
      kinds: choice.kinds,
      environments: choice.environments.split(',').flatMap((e) => e.trim() || []),
    };
    const sent = address
      ? await run('PUT', `/notice-addresses/${address.id}`, body)
      : await run('POST', '/notice-addresses', body);
    if (!sent.ok) return;
    if (!address) setChoice({ ...choice, webhook: '', email: '', kinds: [], environments: '' });
    props.onDone?.();
  };
  const possible = addressKinds.filter((kind) =>
    address ? (kind === 'email') === (address.kind === 'email') : kind === 'email' || webhooks.length > 0,
  );
  return (
    <form
      className={styles.form}
      aria-label={address ? `What ${visible(address.name)} is told` : 'One more address for notices'}
      onSubmit={(e) => {
        e.preventDefault();
        void submit();
      }}
    >
      {address ? null : <h3>Tell one more</h3>}
      {possible.length > 1 ? (
        <Field label="Through" name="kind" refusal={refusal} className={styles.narrow}>
          {(c) => (
            <select
              {...c}
              value={choice.kind}
              onChange={(e) => setChoice({ ...choice, kind: e.target.value as AddressKind })}
            >
              {possible.map((kind) => (
                <option key={kind} value={kind}>
                  {addressKindWords[kind]}
                </option>
              ))}
            </select>
          )}
        </Field>
      ) : null}
      {choice.kind === 'email' ? (
        <Field
          label="E-mail address"
          name="email"
          refusal={refusal}
          hint="a list’s or a team’s; a code is mailed there first. People set their own under My notices"
          className={styles.narrow}
        >
          {(c) => (
            <input
              {...c}
              type="email"
              value={choice.email}
              onChange={(e) => setChoice({ ...choice, email: e.target.value })}
            />
          )}
        </Field>
      ) : null}
      {choice.kind === 'email' || address ? null : (
        <Field label="Webhook" name="webhook" refusal={refusal} className={styles.narrow}>
          {(c) => (
            <select {...c} value={hook} onChange={(e) => setChoice({ ...choice, webhook: e.target.value })}>
              {webhooks.map((w) => (
                <option key={w.id} value={w.id}>
                  {visible(w.name)}
                </option>
              ))}
            </select>
          )}
        </Field>
      )}
      <Kinds chosen={choice.kinds} onChange={(kinds) => setChoice({ ...choice, kinds })} />
      <Field
        label="Environments"
        name="environments"
        refusal={refusal}
        hint="apart by commas; empty: all of them"
        className={styles.narrow}
      >
        {(c) => (
          <input
            {...c}
            value={choice.environments}
            placeholder="all"
            onChange={(e) => setChoice({ ...choice, environments: e.target.value })}
          />
        )}
      </Field>
      <FormError refusal={refusal} shown={['kind', 'webhook', 'email', 'environments']} />
      <div className="row">
        <button type="submit" className="button primary" disabled={busy}>
          {address ? 'Save' : 'Send notices there'}
        </button>
        {props.onDone ? (
          <button type="button" className="button" onClick={props.onDone}>
            Cancel
          </button>
        ) : null}
      </div>
    </form>
  );
}

function Kinds({ chosen, onChange }: { chosen: NoticeKind[]; onChange: (kinds: NoticeKind[]) => void }) {
  return (
    <fieldset className={styles.kinds}>
      <legend>Tell it when (none chosen: always)</legend>
      {noticeKinds.map((kind) => (
        <label key={kind}>
          <input
            type="checkbox"
            checked={chosen.includes(kind)}
            onChange={(e) => onChange(e.target.checked ? [...chosen, kind] : chosen.filter((k) => k !== kind))}
          />
          {noticeKindWords[kind]}
        </label>
      ))}
    </fieldset>
  );
}
