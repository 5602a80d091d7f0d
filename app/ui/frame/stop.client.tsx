'use client';
import { useState } from 'react';
import { Dialog } from '@/app/ui/form/dialog.client';
import { FormError, useSend } from '@/app/ui/form/form.client';
import { ReasonField } from '@/app/ui/form/reasoned-order.client';
import { Icon } from '@/app/ui/icon';
import type { Automation } from '@/app/ui/views';

/** The global stop. Stopping needs a reason and nothing else; it is the safe direction. */
export function StopButton({ automation, allowed }: { automation: Automation; allowed: boolean }) {
  const [open, setOpen] = useState(false);
  const [reason, setReason] = useState('');
  const { busy, refusal, run } = useSend();
  const { stopped } = automation;
  const verb = stopped ? 'Resume automation' : 'Stop everything automatic';
  const submit = async () => {
    const sent = await run('POST', `/automation/${stopped ? 'resume' : 'stop'}`, { reason });
    if (sent.ok) {
      setOpen(false);
      setReason('');
    }
  };
  return (
    <>
      <button
        type="button"
        className={`button small ${stopped ? '' : 'danger'}`}
        aria-disabled={!allowed}
        title={allowed ? verb : 'Needs the role operator'}
        onClick={() => allowed && setOpen(true)}
      >
        <Icon name={stopped ? 'start' : 'stop'} />
        {stopped ? 'Resume' : 'Stop all'}
      </button>
      <Dialog title={verb} open={open} onClose={() => setOpen(false)}>
        <p>
          {stopped
            ? 'Rollouts in mode act widen, hold and roll back by themselves again.'
            : 'Belay goes on watching and judging, but widens, holds and rolls back nothing by itself, in any environment. People still can.'}
        </p>
        <form
          className="stack"
          onSubmit={(e) => {
            e.preventDefault();
            void submit();
          }}
        >
          <ReasonField label="Why" reason={reason} onChange={setReason} refusal={refusal} />
          <FormError refusal={refusal} shown={['reason']} />
          <div className="row end">
            <button type="button" className="button" onClick={() => setOpen(false)}>
              Cancel
            </button>
            <button type="submit" className={`button primary ${stopped ? '' : 'danger'}`} disabled={busy}>
              {busy ? 'Working…' : verb}
            </button>
          </div>
        </form>
      </Dialog>
    </>
  );
}
