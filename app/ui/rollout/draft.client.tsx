'use client';
import Link from 'next/link';
import { useRouter } from 'next/navigation';
import { FormError, useSend } from '@/app/ui/form/form.client';

/** A draft can still be changed or thrown away. */
export function DraftActions({ id }: { id: string }) {
  const router = useRouter();
  const { busy, refusal, run } = useSend();
  return (
    <div className="row">
      <Link className="button" href={`/rollouts/new?draft=${id}`}>
        Edit the plan
      </Link>
      <button
        type="button"
        className="button danger"
        disabled={busy}
        onClick={async () => {
          if (!window.confirm('Delete this draft?')) return;
          const sent = await run('DELETE', `/rollouts/${id}`);
          if (sent.ok) router.push('/rollouts');
        }}
      >
        Delete the draft
      </button>
      <FormError refusal={refusal} />
    </div>
  );
}
