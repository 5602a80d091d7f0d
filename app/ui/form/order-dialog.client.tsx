'use client';
/** One order, asked again with what it would change, for whom, and why. */
import { useEffect, useState } from 'react';
import type { IconName } from '@/app/ui/icon';
import { RestoreList } from '@/app/ui/rollback/restore-preview';
import styles from '@/app/ui/rollout/action-bar.module.css';
import { visible } from '@/app/ui/text/name';
import { verbWords } from '@/app/ui/text/words';
import type { Preview, Verb } from '@/lib/rollout/model';
import { EffectList } from './effect-list';
import { ReasonedOrder } from './reasoned-order.client';
import { send } from './send';

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
  const { order, cohorts: known, feature, environment } = props;
  const isSwitch = order === 'kill' || order === 'revive';
  const [cohorts, setCohorts] = useState<string[]>([]);
  const preview = usePreview(props.id, isSwitch ? null : order, cohorts, props.offers);
  const words = isSwitch ? killWords[order] : verbWords[order];
  return (
    <ReasonedOrder
      label={words.label}
      icon={icons[order]}
      grave={order === 'roll-back' || order === 'kill'}
      barred={preview?.possible === false}
      focus="order"
      footClass={styles.confirm}
      reason={reasons[order]}
      order={(reason, once) => {
        if (isSwitch)
          return ['POST', `/features/${encodeURIComponent(feature)}/${order}`, { environment, reason }, once];
        const whom = cohorts.length > 0 ? { cohorts } : {};
        return ['POST', `/rollouts/${props.id}/${order}`, { reason, expectedEpoch: props.epoch, ...whom }, once];
      }}
      onDone={props.onDone}
    >
      <p className="quiet">
        <bdi>{visible(feature)}</bdi> in <bdi>{visible(environment)}</bdi>
      </p>
      <p>
        {cohorts.length > 0 ? 'These back to the baseline, for good in this rollout; all others go on' : words.says}.
      </p>
      {order === 'roll-back' && known.length > 0 ? (
        <CohortsBack known={known} chosen={cohorts} onChange={setCohorts} />
      ) : null}
      {isSwitch ? null : preview === null ? (
        <p className="quiet">Asking what would change…</p>
      ) : preview.possible && preview.restore ? (
        <RestoreList restore={preview.restore} />
      ) : (
        <EffectList preview={preview} />
      )}
    </ReasonedOrder>
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
