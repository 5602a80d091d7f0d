'use client';
import { useState } from 'react';
import { Field, FormError, useSend } from '@/app/ui/form/form.client';
import { TwiceButton } from '@/app/ui/form/twice-button.client';
import { Badge } from '@/app/ui/page/badge';
import { StateNote } from '@/app/ui/page/panel';
import { Scroll } from '@/app/ui/page/scroll';
import { sentWords, webhookWords } from '@/app/ui/plane/words';
import styles from '@/app/ui/settings/settings.module.css';
import { Time } from '@/app/ui/text/clock.client';
import { CopyBlock } from '@/app/ui/text/copy.client';
import { Name, visible } from '@/app/ui/text/name';
import type { NewSecret, Sent, WebhookView } from '@/lib/webhook/model';

type News = { name: string; secret: string; overlap: boolean } | { name: string; sent: Sent };

export function WebhookTable({ webhooks }: { webhooks: WebhookView[] }) {
  const { busy, refusal, run } = useSend();
  const [news, setNews] = useState<News | null>(null);
  if (webhooks.length === 0)
    return <StateNote state="empty">No address is registered, so Belay calls nobody.</StateNote>;
  const ping = async ({ id, name }: WebhookView) => {
    setNews(null);
    const answer = await run<Sent>('POST', `/webhooks/${id}/test`);
    if (answer.ok) setNews({ name, sent: answer.body });
  };
  const rotate = async ({ id, name }: WebhookView) => {
    setNews(null);
    const answer = await run<NewSecret>('POST', `/webhooks/${id}/rotate`);
    if (answer.ok) setNews({ name, secret: answer.body.secret, overlap: true });
  };
  return (
    <>
      <FormError refusal={refusal} />
      <table className="cards">
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Address</th>
            <th scope="col">State</th>
            <th scope="col">Change</th>
          </tr>
        </thead>
        <tbody>
          {webhooks.map((webhook) => (
            <WebhookRow
              key={webhook.id}
              webhook={webhook}
              busy={busy}
              onPing={() => void ping(webhook)}
              onRotate={() => void rotate(webhook)}
              onPut={(state) => {
                const { id, name, url, allowPrivate } = webhook;
                void run('PUT', `/webhooks/${id}`, { name, url, allowPrivate, state });
              }}
              onRemove={() => run('DELETE', `/webhooks/${webhook.id}`)}
            />
          ))}
        </tbody>
      </table>
      <div role="status">{news ? <NewsNote news={news} /> : null}</div>
    </>
  );
}

function WebhookRow(props: {
  webhook: WebhookView;
  busy: boolean;
  onPing: () => void;
  onRotate: () => void;
  onPut: (state: WebhookView['state']) => void;
  onRemove: () => Promise<unknown>;
}) {
  const { webhook, busy } = props;
  const words = webhookWords(webhook);
  const button = (what: string, onClick: () => void, label = `${what}: ${webhook.name}`) => (
    <button type="button" className="button small" disabled={busy} aria-label={label} onClick={onClick}>
      {what}
    </button>
  );
  return (
    <tr>
      <th scope="row">
        <Name>{webhook.name}</Name>
      </th>
      <td className={`${styles.whole} ${styles.address}`}>
        <code>{visible(webhook.url)}</code>
        {webhook.allowPrivate ? <div className="small quiet">may be on a private network</div> : null}
      </td>
      <td>
        <Badge tone={words.tone}>{words.label}</Badge>
        {webhook.disabledReason ? <div className="small quiet">{visible(webhook.disabledReason)}</div> : null}
        {webhook.previousSecretUntil ? (
          <div className="small quiet">
            the old secret signs too until <Time at={webhook.previousSecretUntil} grain="minute" />
          </div>
        ) : null}
      </td>
      <td className={styles.whole}>
        <span className="row">
          {button('Send a ping', props.onPing)}
          {button('New secret', props.onRotate)}
          {webhook.state === 'enabled'
            ? button('Disable', () => props.onPut('disabled'))
            : button('Enable', () => props.onPut('enabled'))}
          <TwiceButton label={`Remove: ${webhook.name}`} sure="Remove now" busy={busy} onSure={props.onRemove}>
            Remove
          </TwiceButton>
        </span>
      </td>
    </tr>
  );
}

function NewsNote({ news }: { news: News }) {
  if ('secret' in news)
    return (
      <SecretNote name={news.name} secret={news.secret}>
        {news.overlap ? 'For a day every message is signed with the old one too.' : ''}
      </SecretNote>
    );
  const { good, text } = sentWords(news.sent);
  const body = news.sent.kind === 'answered' ? news.sent.body : '';
  return (
    <div className={`${styles.once} ${good ? '' : styles.bad}`}>
      <p>
        <strong>Ping to {visible(news.name)}.</strong> {text}
      </p>
      {body === '' ? null : (
        <Scroll className="code" label={`What ${news.name} answered`}>
          <pre>{visible(body.slice(0, 2000))}</pre>
        </Scroll>
      )}
    </div>
  );
}

function SecretNote({ name, secret, children }: { name: string; secret: string; children?: React.ReactNode }) {
  return (
    <div className={styles.once}>
      <p>
        <strong>The secret of {visible(name)}, shown this once.</strong> Whoever is called verifies each message with
        it. {children}
      </p>
      <CopyBlock label={`Secret of ${name}`} text={secret} />
    </div>
  );
}

export function WebhookForm() {
  const [name, setName] = useState('');
  const [url, setUrl] = useState('');
  const [allowPrivate, setAllowPrivate] = useState(false);
  const [made, setMade] = useState<NewSecret | null>(null);
  const { busy, refusal, run } = useSend();
  const submit = async () => {
    const answer = await run<NewSecret>('POST', '/webhooks', { name, url, allowPrivate });
    if (!answer.ok) return;
    setMade(answer.body);
    setName('');
    setUrl('');
  };
  return (
    <form
      className={styles.form}
      onSubmit={(e) => {
        e.preventDefault();
        void submit();
      }}
    >
      <Field label="Name of the new address" name="name" refusal={refusal}>
        {(c) => (
          <input {...c} value={name} onChange={(e) => setName(e.target.value)} required placeholder="flags-adapter" />
        )}
      </Field>
      <Field label="Address" name="url" refusal={refusal} className={styles.wide}>
        {(c) => (
          <input
            {...c}
            type="url"
            value={url}
            onChange={(e) => setUrl(e.target.value)}
            required
            placeholder="https://flags.example/belay"
          />
        )}
      </Field>
      <label className={`row small ${styles.check}`}>
        <input type="checkbox" checked={allowPrivate} onChange={(e) => setAllowPrivate(e.target.checked)} />
        May be on a private network or this machine
      </label>
      <button type="submit" className="button primary" disabled={busy}>
        Add the address
      </button>
      <FormError refusal={refusal} shown={['name', 'url']} />
      <div role="status" className={styles.told}>
        {made ? <SecretNote name={made.name} secret={made.secret} /> : null}
      </div>
    </form>
  );
}
