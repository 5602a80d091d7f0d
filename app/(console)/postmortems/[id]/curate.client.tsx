'use client';
/** Curating the timeline where it stands: nothing is deleted, each change keeps who made it and why. */
import { useState } from 'react';
import { Dialog } from '@/app/ui/form/dialog.client';
import { Field, FormError, useSend } from '@/app/ui/form/form.client';
import { isoInZone, wallInZone } from '@/app/ui/form/wall-time';
import { Icon } from '@/app/ui/icon';
import { visible } from '@/app/ui/text/name';
import { changeOf } from './change';

export type Curating = { id: string; revision: number; published: boolean; zone: string };
type Entry = { id: string; at: string; text: string; hidden: boolean; minor: boolean };

export function CurateEntry({ of, entry }: { of: Curating; entry: Entry }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <button
        type="button"
        className="button ghost small no-print"
        aria-label={`Curate: ${visible(entry.text).slice(0, 80)}`}
        onClick={() => setOpen(true)}
      >
        Curate
      </button>
      <Dialog title="Curate this entry" open={open} onClose={() => setOpen(false)}>
        <EntryForm of={of} entry={entry} onDone={() => setOpen(false)} />
      </Dialog>
    </>
  );
}

export function AddEntry({ of, at }: { of: Curating; at: string }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <button type="button" className="button small no-print" onClick={() => setOpen(true)}>
        <Icon name="plus" /> Add an entry
      </button>
      <Dialog title="Add an entry" open={open} onClose={() => setOpen(false)}>
        <EntryForm of={of} entry={null} at={at} onDone={() => setOpen(false)} />
      </Dialog>
    </>
  );
}

function EntryForm(props: { of: Curating; entry: Entry | null; at?: string; onDone: () => void }) {
  const { of, entry, onDone } = props;
  const { busy, refusal, run } = useSend();
  const start = { at: wallInZone(entry?.at ?? props.at ?? '', of.zone), text: entry?.text ?? '' };
  const [wall, setWall] = useState(start.at);
  const [text, setText] = useState(start.text);
  const [reason, setReason] = useState('');
  const [basedOn] = useState(of.revision);
  const send = async (curation: Record<string, unknown>) => {
    const body = { basedOn, curate: [{ reason, ...curation }] };
    const why = reason || 'Added to the timeline';
    const sent = await run(...changeOf(of.id, of.published ? { ...body, reason: why } : body));
    if (sent.ok) onDone();
  };
  const at = isoInZone(wall, of.zone) ?? wall;
  const correction = () => ({
    kind: 'correct',
    entry: entry?.id,
    ...(wall === start.at ? {} : { at }),
    ...(text === start.text ? {} : { text }),
  });
  const unchanged = wall === start.at && text === start.text;
  const shown = entry !== null && !entry.hidden && !entry.minor;
  return (
    <form
      className="stack"
      onSubmit={(e) => {
        e.preventDefault();
        void send(entry ? correction() : { kind: 'add', at, text });
      }}
    >
      <Field label="When" name="curate[0].at" refusal={refusal} hint={`in your zone, ${of.zone}`}>
        {(control) => (
          <input
            {...control}
            type="datetime-local"
            step={1}
            value={wall}
            onChange={(e) => setWall(e.target.value)}
            required
          />
        )}
      </Field>
      <Field label="What happened" name="curate[0].text" refusal={refusal}>
        {(control) => (
          <textarea
            {...control}
            rows={3}
            value={text}
            maxLength={1000}
            onChange={(e) => setText(e.target.value)}
            required
          />
        )}
      </Field>
      <Field label={entry ? 'Why' : 'How is it known (may stay empty)'} name="curate[0].reason" refusal={refusal}>
        {(control) => (
          <input
            {...control}
            value={reason}
            maxLength={500}
            onChange={(e) => setReason(e.target.value)}
            required={entry !== null}
          />
        )}
      </Field>
      <FormError refusal={refusal} shown={['curate[0].at', 'curate[0].text', 'curate[0].reason']} />
      <div className="row">
        <button type="submit" className="button primary" disabled={busy || (entry !== null && unchanged)}>
          {entry ? 'Correct it' : 'Add it'}
        </button>
        {entry ? (
          <button
            type="button"
            className="button"
            disabled={busy || reason.trim() === ''}
            onClick={() => void send({ kind: shown ? 'hide' : 'show', entry: entry.id })}
          >
            {shown ? 'Hide it' : 'Show it'}
          </button>
        ) : null}
      </div>
      {entry ? (
        <p className="small quiet">What was drafted stays on record beneath, with your name and reason.</p>
      ) : null}
    </form>
  );
}
