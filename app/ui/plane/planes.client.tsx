'use client';
import { useState } from 'react';
import { Field, FormError, useSend } from '@/app/ui/form/form.client';
import { TwiceButton } from '@/app/ui/form/twice-button.client';
import { Badge } from '@/app/ui/page/badge';
import styles from '@/app/ui/settings/settings.module.css';
import { CopyBlock } from '@/app/ui/text/copy.client';
import { Name, visible } from '@/app/ui/text/name';
import { builtinId, type PlaneView, type ReadBack } from '@/lib/plane/model';
import type { WebhookView } from '@/lib/webhook/model';
import { PlaneForm } from './form.client';
import { breakerWords, fallbackWords } from './words';

/** `webhooks` null: only who administers may change planes. */
export function PlaneTable({ planes, webhooks }: { planes: PlaneView[]; webhooks: WebhookView[] | null }) {
  const { busy, refusal, run } = useSend();
  const [editing, setEditing] = useState<string | null>(null);
  const edited = planes.find((p) => p.id === editing);
  return (
    <>
      <FormError refusal={refusal} />
      <table className="cards">
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Reached through</th>
            <th scope="col">Lately</th>
            <th scope="col">When it stays unconfirmed</th>
            {webhooks ? <th scope="col">Change</th> : null}
          </tr>
        </thead>
        <tbody>
          {planes.map((plane) => (
            <tr key={plane.id}>
              <th scope="row">
                <Name>{plane.name}</Name>
              </th>
              <td>
                <Reached plane={plane} webhooks={webhooks} />
              </td>
              <td>
                <Lately plane={plane} />
              </td>
              <td className={styles.whole} data-label="If unconfirmed:">
                {visible(fallbackWords(plane, planes))}
              </td>
              {webhooks ? (
                <td className={styles.whole}>
                  <span className="row">
                    <button
                      type="button"
                      className="button small"
                      aria-label={`Edit: ${plane.name}`}
                      aria-expanded={editing === plane.id}
                      onClick={() => setEditing(editing === plane.id ? null : plane.id)}
                    >
                      Edit
                    </button>
                    {plane.id === builtinId ? null : (
                      <TwiceButton
                        label={`Remove: ${plane.name}`}
                        sure="Remove now"
                        busy={busy}
                        onSure={() => run('DELETE', `/planes/${plane.id}`)}
                      >
                        Remove
                      </TwiceButton>
                    )}
                  </span>
                </td>
              ) : null}
            </tr>
          ))}
        </tbody>
      </table>
      {webhooks && edited ? (
        <PlaneForm
          key={edited.id}
          plane={edited}
          planes={planes}
          webhooks={webhooks}
          onSaved={() => setEditing(null)}
        />
      ) : null}
    </>
  );
}

function Reached({ plane, webhooks }: { plane: PlaneView; webhooks: WebhookView[] | null }) {
  if (plane.webhook === null) return <span className="quiet">Belay itself</span>;
  const name = webhooks?.find((w) => w.id === plane.webhook)?.name;
  return (
    <>
      {name === undefined ? 'a webhook' : <Name>{name}</Name>}
      <div className="small quiet">
        {plane.regions.length === 0 ? '' : `all of ${plane.regions.map(visible).join(', ')}, `}
        within {plane.deadlineMs / 1000} s
      </div>
    </>
  );
}

function Lately({ plane }: { plane: PlaneView }) {
  if (plane.webhook === null) return <span className="quiet">always there</span>;
  const words = breakerWords(plane.breaker);
  return (
    <>
      <Badge tone={words.tone}>{words.label}</Badge>
      <div className="small quiet">{words.says}</div>
    </>
  );
}

/** Asks the plane itself, now. */
export function PlaneReader({ planes, environment }: { planes: PlaneView[]; environment: string }) {
  const [of, setOf] = useState({ plane: planes[0]?.id ?? '', feature: '', environment });
  const [found, setFound] = useState<{ name: string; read: ReadBack } | null>(null);
  const { busy, refusal, run } = useSend();
  const ask = async () => {
    setFound(null);
    const query = new URLSearchParams({ feature: of.feature, environment: of.environment });
    const answer = await run<ReadBack>('GET', `/planes/${of.plane}/state?${query}`);
    if (answer.ok) setFound({ name: planes.find((p) => p.id === of.plane)?.name ?? of.plane, read: answer.body });
  };
  return (
    <form
      className={styles.form}
      onSubmit={(e) => {
        e.preventDefault();
        void ask();
      }}
    >
      <Field label="What does this plane serve" name="plane" refusal={refusal}>
        {(c) => (
          <select {...c} value={of.plane} onChange={(e) => setOf({ ...of, plane: e.target.value })}>
            {planes.map((p) => (
              <option key={p.id} value={p.id}>
                {p.name}
              </option>
            ))}
          </select>
        )}
      </Field>
      <Field label="of the feature" name="feature" refusal={refusal}>
        {(c) => (
          <input
            {...c}
            value={of.feature}
            onChange={(e) => setOf({ ...of, feature: e.target.value })}
            required
            placeholder="new-checkout"
          />
        )}
      </Field>
      <Field label="in the environment" name="environment" refusal={refusal}>
        {(c) => (
          <input
            {...c}
            value={of.environment}
            onChange={(e) => setOf({ ...of, environment: e.target.value })}
            required
          />
        )}
      </Field>
      <button type="submit" className="button" disabled={busy}>
        Ask it now
      </button>
      <FormError refusal={refusal} shown={['plane', 'feature', 'environment']} />
      <div role="status" className={styles.told}>
        {found ? <Answer {...found} feature={of.feature} /> : null}
      </div>
    </form>
  );
}

function Answer({ name, read, feature }: { name: string; read: ReadBack; feature: string }) {
  if (!read.known)
    return (
      <div className={`${styles.once} ${styles.bad}`}>
        <p>
          <strong>Not known.</strong> Of {visible(feature)}, {visible(name)} says nothing that can be relied on:{' '}
          {visible(read.why)}.
        </p>
      </div>
    );
  return (
    <div className={styles.once}>
      <p>
        <strong>{visible(name)} serves this</strong> of {visible(feature)}, {sinceWords(read)}.
      </p>
      <CopyBlock label={`What ${name} serves`} text={JSON.stringify(read.state, null, 2)} />
    </div>
  );
}

function sinceWords({ fence, key }: { fence: number; key: string | null }): string {
  if (key !== null) return `as Belay ordered it (order ${fence})`;
  if (fence === 0) return 'and no order of Belay has reached it';
  return `and something else has changed it since the last order of Belay (order ${fence})`;
}
