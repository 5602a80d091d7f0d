'use client';
/** Orders to a migration step, each asked again with exactly what will be run. */
import { useState } from 'react';
import { Dialog } from '@/app/ui/form/dialog.client';
import { ReasonedOrder } from '@/app/ui/form/reasoned-order.client';
import { CopyBlock } from '@/app/ui/text/copy.client';
import { visible } from '@/app/ui/text/name';
import type { MigrationAction, MigrationView } from '@/lib/migration/model';
import { actionWords, canApply, canRevert, waitsForPerson } from './words';

type Order = 'apply' | 'revert' | 'confirm';
const labels: Record<Order, string> = { apply: 'Apply', revert: 'Revert', confirm: 'It is done' };

export function MigrationActions({ step, orders }: { step: MigrationView; orders: readonly Order[] }) {
  const [order, setOrder] = useState<Order | null>(null);
  const possible: Record<Order, boolean> = {
    apply: canApply(step),
    revert: canRevert(step),
    confirm: waitsForPerson(step),
  };
  const offered = orders.filter((o) => possible[o]);
  if (offered.length === 0) return null;
  const label = (o: Order) => (o === 'apply' && step.applied ? 'Check again' : labels[o]);
  return (
    <span className="row">
      {offered.map((o) => (
        <button
          key={o}
          type="button"
          className={`button small ${o === 'revert' ? '' : 'primary'}`}
          aria-label={`${label(o)}: ${step.name}`}
          onClick={() => setOrder(o)}
        >
          {label(o)}
        </button>
      ))}
      <Dialog
        title={order ? `${label(order)}: ${visible(step.name)}` : ''}
        open={order !== null}
        onClose={() => setOrder(null)}
      >
        {order ? (
          <Ask key={order} step={step} order={order} label={label(order)} onDone={() => setOrder(null)} />
        ) : null}
      </Dialog>
    </span>
  );
}

function Ask({ step, order, label, onDone }: { step: MigrationView; order: Order; label: string; onDone: () => void }) {
  const confirms = order === 'confirm';
  const path = `/rollouts/${step.rolloutId}/migrations/${encodeURIComponent(step.name)}/${order}`;
  return (
    <ReasonedOrder
      label={label}
      grave={order === 'revert'}
      reason={confirms ? 'Done as described' : order === 'apply' ? 'Applied by hand' : 'Reverted by hand'}
      {...(confirms ? { reasonLabel: 'What was done', reasonName: 'note' } : {})}
      order={(text, once) => ['POST', path, confirms ? { note: text } : { reason: text }, once]}
      onDone={onDone}
    >
      <Running step={step} order={order} />
    </ReasonedOrder>
  );
}

function Running({ step, order }: { step: MigrationView; order: Order }) {
  const back = order === 'revert' || (order === 'confirm' && step.state === 'reverting');
  const action = back ? step.revert : step.apply;
  if (order === 'apply' && step.applied)
    return step.check ? (
      <>
        <p>It is applied already. Only its check runs again: {visible(step.check.name)}.</p>
        {step.check.kind === 'sql' ? <CopyBlock label="The check" text={step.check.query} /> : null}
      </>
    ) : (
      <p>It is applied already, and has no check.</p>
    );
  return (
    <>
      {action ? <What action={action} confirms={order === 'confirm'} /> : null}
      {!back && step.check ? (
        <p className="small">
          Then the check {visible(step.check.name)} runs
          {step.check.kind === 'sql' ? ` in ${visible(step.check.database)}, which only reads` : ''}.
        </p>
      ) : null}
      {!back && step.irreversible ? <p>There is no way back from this step.</p> : null}
    </>
  );
}

function What({ action, confirms }: { action: MigrationAction; confirms: boolean }) {
  if (action.kind === 'manual')
    return (
      <>
        <p>{confirms ? 'You say that this was done:' : 'A person does this, and says here when it is done:'}</p>
        <CopyBlock label="What is to be done" text={action.text} />
      </>
    );
  if (action.kind === 'sql')
    return (
      <>
        <p>
          Runs {actionWords(action)}, in one transaction, for at most {action.timeoutMs / 1000} s:
        </p>
        <CopyBlock label={`Statements in ${action.database}`} text={action.statements} />
      </>
    );
  return (
    <>
      <p>
        Makes {actionWords(action)}, signed, and waits at most {action.timeoutMs / 1000} s for each answer:
      </p>
      <CopyBlock label={`Body of the call to ${action.webhook}`} text={JSON.stringify(action.body, null, 2)} />
    </>
  );
}
