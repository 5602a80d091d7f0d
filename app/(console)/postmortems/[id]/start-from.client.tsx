'use client';
/** The words of a template, into sections where nobody has written anything yet. */
import { useState } from 'react';
import { useSend } from '@/app/ui/form/form.client';
import { visible } from '@/app/ui/text/name';

type Props = { id: string; revision: number; templates: Array<{ id: string; name: string }> };

export function StartFromTemplate({ id, revision, templates }: Props) {
  const { busy, refusal, run } = useSend();
  const [template, setTemplate] = useState(templates[0]?.id ?? '');
  return (
    <form
      className="stack tight no-print"
      onSubmit={(e) => {
        e.preventDefault();
        void run('POST', `/postmortems/${id}/start-from`, { basedOn: revision, template });
      }}
    >
      <p className="quiet">Its words go where nobody has written anything yet.</p>
      <select aria-label="Template" value={template} disabled={busy} onChange={(e) => setTemplate(e.target.value)}>
        {templates.map((t) => (
          <option key={t.id} value={t.id}>
            {visible(t.name)}
          </option>
        ))}
      </select>
      {refusal ? (
        <p className="form-error" role="alert">
          {refusal.message}
        </p>
      ) : null}
      <div>
        <button type="submit" className="button small" disabled={busy || template === ''}>
          Start from it
        </button>
      </div>
    </form>
  );
}
