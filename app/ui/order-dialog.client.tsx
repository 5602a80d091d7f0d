'use client';
/** One order, asked again with what it would change, for whom, and why. */
import { useEffect, useState } from 'react';
import type { Preview, Verb } from '@/lib/rollout/model';
import styles from './action-bar.module.css';
import { EffectList } from './effect-list';
import { Field, FormError, useSend } from './form.client';
import { Icon, type IconName } from './icon';
import { visible } from './name';
import { RestoreList } from './restore-preview';
import { orderKey, send } from './send';
import { verbWords } from './words';

export type Offer = { verb: Verb; preview: Preview | null };
export type Order = Verb | 'kill' | 'revive';

export const icons: Record<Order, IconName> = {
  start: 'start',
  widen: 'widen',
  hold: 'hold',
  resume: 'resume',
  'roll-back': 'roll_back',
  complete: 'complete',
  kill: 'kill',
  revive: 'start',
};

export const killWords = {
  kill: { label: 'Kill switch', says: 'The baseline for everyone in this environment, over all other settings' },
  revive: { label: 'Lift the kill', says: 'Exposure is decided by the rollout again' },
};

/** Every change has a reason; these may be replaced by a better one, and none costs a keystroke. */
const reasons: Record<Order, string> = {
  start: 'Started by hand',
  widen: 'Widened by hand',
  hold: 'Held by hand',
  resume: 'Resumed by hand',
  'roll-back': 'Rolled back by hand',
  complete: 'Completed by hand',
  kill: 'Killed by hand',
  revive: 'Kill lifted by hand',
};

export function Confirm(props: {
  id: string;
  epoch: number;
  feature: string;
  environment: string;
  order: Order;
  offers: Offer[];
  cohorts: string[];
  onDone: () => void;
}) {
  const { order } = props;
  const { busy, refusal, run } = useSend();
  const [reason, setReason] = useState(reasons[order]);
  const [key] = useState(orderKey);
  const isSwitch = order === 'kill' || order === 'revive';
  const [cohorts, setCohorts] = useState<string[]>([]);
  const preview = usePreview(props.id, isSwitch ? null : order, cohorts, props.offers);
  const submit = async () => {
    const sent = isSwitch
      ? await run(
          'POST',
          `/features/${encodeURIComponent(props.feature)}/${order}`,
          { environment: props.environment, reason },
          { idempotencyKey: key },
        )
      : await run(
          'POST',
          `/rollouts/${props.id}/${order}`,
          { reason, expectedEpoch: props.epoch, ...(cohorts.length > 0 ? { cohorts } : {}) },
          { idempotencyKey: key },
        );
    if (sent.ok) props.onDone();
  };
  const words = isSwitch ? killWords[order] : verbWords[order];
  const grave = order === 'roll-back' || order === 'kill';
  return (
    <form
      className="stack"
      onSubmit={(e) => {
        e.preventDefault();
        void submit();
      }}
    >
      <p>
        {cohorts.length > 0 ? 'These back to the baseline, for good in this rollout; all others go on' : words.says}.
      </p>
      {order === 'roll-back' && props.cohorts.length > 0 ? (
        <CohortsBack known={props.cohorts} chosen={cohorts} onChange={setCohorts} />
      ) : null}
      {isSwitch ? null : preview === null ? (
        <p className="quiet">Asking what would change…</p>
      ) : preview.possible && preview.restore ? (
        <RestoreList restore={preview.restore} />
      ) : (
        <EffectList preview={preview} />
      )}
      <Field label="Why (kept in the history)" name="reason" refusal={refusal}>
        {(control) => (
          <input {...control} value={reason} onChange={(e) => setReason(e.target.value)} maxLength={500} required />
        )}
      </Field>
      <FormError refusal={refusal} shown={['reason']} />
      <div className={`row end ${styles.confirm}`}>
        <button type="button" className="button" onClick={props.onDone}>
          Cancel
        </button>
        <button
          data-focus
          type="submit"
          className={`button primary ${grave ? 'danger' : ''}`}
          disabled={busy || preview?.possible === false}
        >
          <Icon name={icons[order]} />
          {busy ? 'Working…' : words.label}
        </button>
      </div>
    </form>
  );
}

/** Nobody chosen is everybody: the grave order stays the quick one. */
function CohortsBack(props: { known: string[]; chosen: string[]; onChange: (cohorts: string[]) => void }) {
  const { known, chosen, onChange } = props;
  return (
    <fieldset className={styles.cohorts}>
      <legend>Whom</legend>
      <label>
        <input type="radio" name="whom" checked={chosen.length === 0} onChange={() => onChange([])} />
        everybody
      </label>
      {known.map((cohort) => (
        <label key={cohort}>
          <input
            type="checkbox"
            checked={chosen.includes(cohort)}
            onChange={(e) => onChange(e.target.checked ? [...chosen, cohort] : chosen.filter((c) => c !== cohort))}
          />
          {visible(cohort)}
        </label>
      ))}
    </fieldset>
  );
}

/** What the page knew, then what is true now. */
function usePreview(id: string, verb: Verb | null, cohorts: string[], offers: Offer[]): Preview | null {
  const known = offers.find((o) => o.verb === verb)?.preview ?? null;
  const [preview, setPreview] = useState(known);
  const whom = cohorts.map(encodeURIComponent).join(',');
  useEffect(() => {
    let gone = false;
    const query = `verb=${verb}${whom === '' ? '' : `&cohorts=${whom}`}`;
    if (verb !== null)
      void send<Preview>('GET', `/rollouts/${id}/preview?${query}`).then((sent) => {
        if (!gone && sent.ok) setPreview(sent.body);
      });
    return () => {
      gone = true;
    };
  }, [id, verb, whom]);
  return preview;
}
