'use client';
/** Reading, changing, approving and sending one update, or writing a new one. */
import { useCallback, useEffect, useState } from 'react';
import { Field, FormError, useSend } from '@/app/ui/form/form.client';
import { orderKey } from '@/app/ui/form/send';
import { Icon } from '@/app/ui/icon';
import { type Standing, standings, standingWords, type UpdateView } from '@/lib/status/model';
import styles from './status.module.css';

type Words = { standing: Standing; text: string; publicText: string; next: string };
const inputs = ['text', 'publicText', 'standing', 'nextAt'];

/** How long until there will be news; counted from the moment of sending. */
const promises: Array<[value: string, label: string]> = [
  ['', 'no time is promised'],
  ['15', 'within 15 minutes'],
  ['30', 'within 30 minutes'],
  ['60', 'within an hour'],
  ['120', 'within 2 hours'],
  ['240', 'within 4 hours'],
  ['1440', 'within a day'],
];

const wordsOf = (update: UpdateView): Words => ({
  standing: update.standing,
  text: update.text,
  publicText: update.publicText,
  next: minutesOf(update),
});

/** About as long as it was from when it was drafted. */
function minutesOf({ nextAt, createdAt }: UpdateView): string {
  if (nextAt === null) return '';
  const minutes = (Date.parse(nextAt) - Date.parse(createdAt)) / 60_000;
  const off = (value: string) => Math.abs(Math.log(Number(value) / Math.max(minutes, 1)));
  const [first = '', ...more] = promises.flatMap(([value]) => (value === '' ? [] : [value]));
  return more.reduce((best, value) => (off(value) < off(best) ? value : best), first);
}

const nextAt = (minutes: string) =>
  minutes === '' ? null : new Date(Date.now() + Number(minutes) * 60_000).toISOString();
const bodyOf = ({ next, ...words }: Words) => ({ ...words, nextAt: nextAt(next) });

export function DraftForm({ update, isPublic }: { update: UpdateView; isPublic: boolean }) {
  const { busy, refusal, run } = useSend();
  const [seen, setSeen] = useState(update);
  const [words, setWords] = useState(() => wordsOf(update));
  const [key] = useState(orderKey);
  const [dropping, setDropping] = useState(false);
  const [saved, setSaved] = useState(words);
  const dirty = JSON.stringify(words) !== JSON.stringify(saved);
  const changed = update.revision > seen.revision;
  const take = useCallback((theirs: UpdateView) => {
    setSeen(theirs);
    setWords(wordsOf(theirs));
    setSaved(wordsOf(theirs));
  }, []);
  useEffect(() => {
    if (changed && !dirty) take(update);
  }, [changed, dirty, update, take]);
  const save = async (): Promise<number | null> => {
    const sent = await run<UpdateView>('PUT', `/status-updates/${update.id}`, {
      ...bodyOf(words),
      basedOn: seen.revision,
    });
    if (!sent.ok) return null;
    setSeen(sent.body);
    setSaved(words);
    return sent.body.revision;
  };
  const approve = async () => {
    // A promise counts from now on, so it is part of what is saved.
    const revision = dirty || words.next !== '' ? await save() : seen.revision;
    if (revision === null) return;
    const basedOn = { basedOn: revision };
    await run('POST', `/status-updates/${update.id}/send`, basedOn, { idempotencyKey: `${key}${revision}` });
  };
  return (
    <form
      className="stack tight"
      onSubmit={(e) => {
        e.preventDefault();
        void approve();
      }}
    >
      {changed && dirty ? (
        <p className="form-error" role="alert">
          Somebody has changed these words meanwhile.{' '}
          <button type="button" className="button small" onClick={() => take(update)}>
            Take theirs
          </button>
        </p>
      ) : null}
      <Fields words={words} onChange={setWords} refusal={refusal} />
      <FormError refusal={refusal} shown={inputs} />
      <p className="small quiet">
        {goesTo(words, isPublic)} What was sent is never changed: a correction is a new one.
      </p>
      <div className="row">
        <button type="submit" className="button primary" disabled={busy}>
          <Icon name="check" /> {busy ? 'Working…' : 'Approve and send'}
        </button>
        <button type="button" className="button" disabled={busy || !dirty} onClick={() => void save()}>
          Save the draft
        </button>
        <button type="button" className="button ghost" aria-expanded={dropping} onClick={() => setDropping(!dropping)}>
          Do not send…
        </button>
      </div>
      {dropping ? (
        <Drop busy={busy} onDrop={(reason) => void run('POST', `/status-updates/${update.id}/drop`, { reason })} />
      ) : null}
    </form>
  );
}

function goesTo({ publicText }: Words, isPublic: boolean): string {
  const outside =
    publicText.trim() === ''
      ? 'Nothing of it is for the public.'
      : isPublic
        ? 'The public page shows its words at once.'
        : 'The page has no public link; if it gets one, the public words are shown there.';
  return `It goes out as a notice. ${outside}`;
}

function Drop({ busy, onDrop }: { busy: boolean; onDrop: (reason: string) => void }) {
  const [reason, setReason] = useState('Nobody needs to be told');
  return (
    <div className="row">
      <input
        aria-label="Why it is not sent (kept in the history)"
        className="grow"
        value={reason}
        maxLength={500}
        onChange={(e) => setReason(e.target.value)}
      />
      <button type="button" className="button danger" disabled={busy} onClick={() => onDrop(reason)}>
        Put it away
      </button>
    </div>
  );
}

/** An update of one's own; a correction too. It becomes a draft, which is read once more and sent. */
export function WriteUpdate({ pageId, standing }: { pageId: string; standing: Standing }) {
  const empty: Words = { standing, text: '', publicText: '', next: '' };
  const { busy, refusal, run } = useSend();
  const [words, setWords] = useState(empty);
  const [key, setKey] = useState(orderKey);
  return (
    <form
      className="stack tight"
      onSubmit={async (e) => {
        e.preventDefault();
        const sent = await run('POST', `/status-pages/${pageId}/updates`, bodyOf(words), { idempotencyKey: key });
        setKey(orderKey());
        if (sent.ok) setWords(empty);
      }}
    >
      <Fields words={words} onChange={setWords} refusal={refusal} />
      <FormError refusal={refusal} shown={inputs} />
      <div className="row">
        <button type="submit" className="button" disabled={busy || words.text.trim() === ''}>
          <Icon name="plus" /> {busy ? 'Working…' : 'Make a draft of it'}
        </button>
      </div>
    </form>
  );
}

function Fields(props: {
  words: Words;
  onChange: (words: Words) => void;
  refusal: Parameters<typeof FormError>[0]['refusal'];
}) {
  const { words, onChange, refusal } = props;
  return (
    <>
      <div className={styles.form}>
        <Field label="For the organisation" name="text" refusal={refusal} hint="Notices and this page.">
          {(control) => (
            <textarea
              {...control}
              required
              maxLength={4000}
              value={words.text}
              onChange={(e) => onChange({ ...words, text: e.target.value })}
            />
          )}
        </Field>
        <Field
          label="For the public"
          name="publicText"
          refusal={refusal}
          hint="Only the public page. Empty: nothing of it is public."
        >
          {(control) => (
            <textarea
              {...control}
              maxLength={4000}
              value={words.publicText}
              onChange={(e) => onChange({ ...words, publicText: e.target.value })}
            />
          )}
        </Field>
      </div>
      <div className={styles.choices}>
        <Field label="How things stand then" name="standing" refusal={refusal}>
          {(control) => (
            <select
              {...control}
              value={words.standing}
              onChange={(e) => onChange({ ...words, standing: e.target.value as Standing })}
            >
              {standings.map((standing) => (
                <option key={standing} value={standing}>
                  {standingWords[standing].label}: {standingWords[standing].says}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field label="The next update comes" name="nextAt" refusal={refusal}>
          {(control) => (
            <select {...control} value={words.next} onChange={(e) => onChange({ ...words, next: e.target.value })}>
              {promises.map(([value, label]) => (
                <option key={value} value={value}>
                  {label}
                </option>
              ))}
            </select>
          )}
        </Field>
      </div>
    </>
  );
}
