'use client';
/** A drill that Belay proposes, planned as it is. */
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { FormError, useSend } from '@/app/ui/form/form.client';
import { orderKey } from '@/app/ui/form/send';
import { Icon } from '@/app/ui/icon';
import { visible } from '@/app/ui/text/name';
import type { DrillInput, DrillView } from '@/lib/drill/model';

export function PlanProposal({ drill }: { drill: DrillInput }) {
  const router = useRouter();
  const { busy, refusal, run } = useSend();
  const [key] = useState(orderKey);
  return (
    <>
      <button
        type="button"
        className="button small"
        disabled={busy}
        aria-label={`Plan it: ${visible(drill.name)}`}
        onClick={async () => {
          const sent = await run<DrillView>('POST', '/drills', drill, { idempotencyKey: key });
          if (sent.ok) router.push(`/drills/${sent.body.id}`);
        }}
      >
        <Icon name="plus" /> {busy ? 'Planning…' : 'Plan it'}
      </button>
      <FormError refusal={refusal} />
    </>
  );
}
