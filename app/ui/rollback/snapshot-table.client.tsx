'use client';
/** Recorded states: tick one to compare it with now, two to compare them, and go back to any. */
import { useRouter } from 'next/navigation';
import { useEffect, useState } from 'react';
import styles from '@/app/ui/feature/configuration.module.css';
import { Dialog } from '@/app/ui/form/dialog.client';
import { FormError, useSend } from '@/app/ui/form/form.client';
import { ReasonField } from '@/app/ui/form/reasoned-order.client';
import { orderKey, type Refusal, type Sent, send } from '@/app/ui/form/send';
import { Icon } from '@/app/ui/icon';
import { Scroll } from '@/app/ui/page/scroll';
import { Ago, Time } from '@/app/ui/text/clock.client';
import { Name } from '@/app/ui/text/name';
import type { RestoreView } from '@/lib/rollback/model';
import type { ComparisonView, RestorePreview, SnapshotView } from '@/lib/snapshot/model';
import { DifferenceList, RestoreList } from './restore-preview';
import { causeWords } from './words';

export type SnapshotRow = Pick<SnapshotView, 'id' | 'cause' | 'digest' | 'by' | 'takenAt' | 'rolloutId'>;
type Open = { kind: 'compare'; from: string; with: string } | { kind: 'restore'; row: SnapshotRow } | null;

export function SnapshotTable({ snapshots, now, may }: { snapshots: SnapshotRow[]; now: string; may: boolean }) {
  const [picked, setPicked] = useState<string[]>([]);
  const [open, setOpen] = useState<Open>(null);
  const toggle = (id: string) =>
    setPicked(picked.includes(id) ? picked.filter((one) => one !== id) : [...picked, id].slice(-2));
  // The older one first: what changed reads forwards.
  const [older = '', newer = 'now'] = snapshots
    .map((s) => s.id)
    .filter((id) => picked.includes(id))
    .toReversed();
  return (
    <>
      <Scroll label="Snapshots, scrolls sideways">
        <table className={`cards ${styles.table}`}>
          <thead>
            <tr>
              <th scope="col" className={styles.pick}>
                <span className="visually-hidden">Compare</span>
              </th>
              <th scope="col">Taken</th>
              <th scope="col">Why</th>
              <th scope="col">Who</th>
              <th scope="col">State</th>
              {may ? <th scope="col">Go back</th> : null}
            </tr>
          </thead>
          <tbody>
            {snapshots.map((s) => (
              <Row
                key={s.id}
                row={s}
                same={now === '' ? null : s.digest === now}
                picked={picked.includes(s.id)}
                onPick={() => toggle(s.id)}
                onRestore={may ? () => setOpen({ kind: 'restore', row: s }) : null}
              />
            ))}
          </tbody>
        </table>
      </Scroll>
      <div className={styles.foot}>
        <button
          type="button"
          className="button small"
          disabled={older === ''}
          onClick={() => setOpen({ kind: 'compare', from: older, with: newer })}
        >
          {picked.length === 2 ? 'Compare the two' : 'Compare with now'}
        </button>
        <span className="quiet">
          {older === '' ? 'Tick one to compare it with now, or two to compare them.' : `${picked.length} ticked`}
        </span>
      </div>
      <Dialog
        title={open?.kind === 'restore' ? 'Go back to this snapshot' : 'What differs'}
        open={open !== null}
        onClose={() => setOpen(null)}
      >
        {open?.kind === 'compare' ? <Comparison from={open.from} with={open.with} /> : null}
        {open?.kind === 'restore' ? <Restore row={open.row} onDone={() => setOpen(null)} /> : null}
      </Dialog>
    </>
  );
}

function Row(props: {
  row: SnapshotRow;
  /** as what is served now; null: nobody knows */
  same: boolean | null;
  picked: boolean;
  onPick: () => void;
  onRestore: (() => void) | null;
}) {
  const { row, onRestore } = props;
  return (
    <tr>
      <td className={styles.pick}>
        <input
          type="checkbox"
          checked={props.picked}
          onChange={props.onPick}
          aria-label={`Compare the snapshot ${causeWords[row.cause]} of ${row.takenAt}`}
        />
      </td>
      <td className="nowrap">
        <Ago at={row.takenAt} />
      </td>
      <td>{causeWords[row.cause]}</td>
      <td>
        <Name>{row.by}</Name>
      </td>
      <td>
        {props.same === null ? null : props.same ? 'as now ' : 'differs from now '}
        <code className="quiet" title={`Equal states have equal digests: ${row.digest}`}>
          {row.digest.slice(0, 8)}
        </code>
      </td>
      {onRestore ? (
        <td data-cell="end">
          <button type="button" className="button small" onClick={onRestore}>
            Go back…
          </button>
        </td>
      ) : null}
    </tr>
  );
}

/** null: not answered yet */
function useAnswer<T>(path: string): Sent<T> | null {
  const [answer, setAnswer] = useState<Sent<T> | null>(null);
  useEffect(() => {
    let gone = false;
    void send<T>('GET', path).then((sent) => {
      if (!gone) setAnswer(sent);
    });
    return () => {
      gone = true;
    };
  }, [path]);
  return answer;
}

function Waiting({ refusal, text }: { refusal: Refusal | null; text: string }) {
  return refusal ? <FormError refusal={refusal} /> : <p className="quiet">{text}</p>;
}

function Comparison({ from, with: other }: { from: string; with: string }) {
  const answer = useAnswer<ComparisonView>(`/snapshots/${from}/compare?with=${other}`);
  if (!answer?.ok) return <Waiting refusal={answer?.refusal ?? null} text="Comparing…" />;
  const { differences, same } = answer.body;
  return (
    <div className={styles.result}>
      <p className="small quiet">
        From <Time at={answer.body.from.takenAt} grain="second" /> to{' '}
        {other === 'now' ? 'now' : <Time at={answer.body.to.takenAt} grain="second" />}.
      </p>
      {same ? <p>Everybody is served the same.</p> : null}
      <DifferenceList differences={differences} />
    </div>
  );
}

function Restore({ row, onDone }: { row: SnapshotRow; onDone: () => void }) {
  const router = useRouter();
  const path = `/snapshots/${row.id}/restore`;
  const preview = useAnswer<RestorePreview>(path);
  const [reason, setReason] = useState('');
  const [key] = useState(orderKey);
  const [nothing, setNothing] = useState(false);
  const { busy, refusal, run } = useSend();
  if (!preview?.ok) return <Waiting refusal={preview?.refusal ?? null} text="Asking what would change…" />;
  const { changes, reverts } = preview.body;
  const idle = changes.length === 0 && reverts.length === 0;
  const submit = async () => {
    const sent = await run<RestoreView>('POST', path, { reason }, { idempotencyKey: key });
    if (sent.ok && sent.body.rollback) router.push(`/rollbacks/${sent.body.rollback.id}`);
    else if (sent.ok) setNothing(true);
  };
  return (
    <form
      className="stack"
      onSubmit={(e) => {
        e.preventDefault();
        void submit();
      }}
    >
      <RestoreList restore={preview.body} />
      {idle ? null : <ReasonField reason={reason} onChange={setReason} refusal={refusal} />}
      <FormError refusal={refusal} shown={['reason']} />
      {nothing ? <p role="status">Everything is so already: nothing was changed.</p> : null}
      <div className="row end">
        <button type="button" className="button" onClick={onDone}>
          {idle ? 'Close' : 'Cancel'}
        </button>
        {idle ? null : (
          <button type="submit" className="button primary danger" disabled={busy}>
            <Icon name="roll_back" />
            {busy ? 'Working…' : 'Go back'}
          </button>
        )}
      </div>
    </form>
  );
}

export function TakeSnapshot({ feature, environment }: { feature: string; environment: string }) {
  const { busy, refusal, run } = useSend();
  const [key, setKey] = useState(orderKey);
  return (
    <>
      {refusal ? <span className="form-error">{refusal.message}</span> : null}
      <button
        type="button"
        className="button small"
        disabled={busy}
        onClick={async () => {
          const path = `/features/${encodeURIComponent(feature)}/snapshots`;
          const sent = await run('POST', path, { environment }, { idempotencyKey: key });
          if (sent.ok) setKey(orderKey());
        }}
      >
        <Icon name="plus" size={12} /> {busy ? 'Taking it…' : 'Take a snapshot'}
      </button>
    </>
  );
}
