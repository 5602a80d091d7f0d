'use client';
import { useSend } from '@/app/ui/form/form.client';
import { audienceRoles, type PostmortemView } from '@/lib/postmortem/model';

/** Whoever has less does not see it: not in lists, not in search, not by its address. */
export function Audience({ id, revision, audience }: Pick<PostmortemView, 'id' | 'revision' | 'audience'>) {
  const { busy, refusal, run } = useSend();
  return (
    <div className="stack tight">
      <select
        aria-label="The least role that sees it"
        value={audience}
        disabled={busy}
        onChange={(e) => void run('PUT', `/postmortems/${id}`, { basedOn: revision, audience: e.target.value })}
      >
        {audienceRoles.map((role) => (
          <option key={role}>{role}</option>
        ))}
      </select>
      {refusal ? (
        <p className="form-error" role="alert">
          {refusal.message}
        </p>
      ) : null}
    </div>
  );
}
