'use client';
/** Under each section, on demand: own words beside the draft, sentences struck out, and what others say of it. */
import { useEffect, useId, useState } from 'react';
import { Field, FormError, useSend } from '@/app/ui/form/form.client';
import { useLive } from '@/app/ui/frame/live.client';
import { Ago } from '@/app/ui/text/clock.client';
import { Name, visible } from '@/app/ui/text/name';
import { Written } from '@/app/ui/text/written';
import type { CommentView, SectionName } from '@/lib/postmortem/model';
import { changeOf } from './change';
import styles from './report.module.css';

export type EditableSection = {
  name: SectionName;
  title: string;
  text: string;
  sentences: Array<{ id: string; text: string; struck: boolean }>;
};
type Props = {
  id: string;
  revision: number;
  /** a change of what is published is an amendment, under a reason */
  published: boolean;
  may: { edit: boolean; comment: boolean };
  section: EditableSection;
  comments: CommentView[];
};

export function SectionTools(props: Props) {
  const { section, may, comments } = props;
  const [open, setOpen] = useState<'edit' | 'comment' | null>(null);
  const { hold } = useLive();
  const who = `section-${section.name}`;
  useEffect(() => {
    hold(who, open !== null);
    return () => hold(who, false);
  }, [hold, who, open]);
  const close = () => setOpen(null);
  const unsettled = comments.filter((c) => c.resolved === null);
  const settled = comments.filter((c) => c.resolved !== null);
  if (!may.edit && !may.comment && comments.length === 0) return null;
  return (
    <div className={`no-print ${styles.tools}`}>
      {unsettled.length > 0 ? (
        <ul className={styles.comments} aria-label={`Comments on ${section.title}`}>
          {unsettled.map((c) => (
            <Comment key={c.id} id={props.id} comment={c} may={may.comment} />
          ))}
        </ul>
      ) : null}
      {settled.length > 0 ? (
        <details className="small">
          <summary className="quiet">{settled.length} settled</summary>
          <ul className={styles.comments}>
            {settled.map((c) => (
              <Comment key={c.id} id={props.id} comment={c} may={false} />
            ))}
          </ul>
        </details>
      ) : null}
      {open === null ? (
        <div className="row">
          {may.edit ? (
            <button
              type="button"
              className="button ghost small"
              onClick={() => setOpen('edit')}
              aria-label={`${props.published ? 'Amend' : 'Edit'}: ${section.title}`}
            >
              {props.published ? 'Amend' : 'Edit'}
            </button>
          ) : null}
          {may.comment ? (
            <button
              type="button"
              className="button ghost small"
              onClick={() => setOpen('comment')}
              aria-label={`Comment: ${section.title}`}
            >
              Comment
            </button>
          ) : null}
        </div>
      ) : null}
      {open === 'edit' ? <Editor {...props} onDone={close} /> : null}
      {open === 'comment' ? <CommentForm id={props.id} section={section} onDone={close} /> : null}
    </div>
  );
}

function Editor({ id, revision, published, section, onDone }: Props & { onDone: () => void }) {
  const { busy, refusal, run } = useSend();
  const [text, setText] = useState(section.text);
  const [struck, setStruck] = useState(() => section.sentences.filter((s) => s.struck).map((s) => s.id));
  const [reason, setReason] = useState('');
  const [preview, setPreview] = useState(false);
  // What was read when the editing began: somebody else's change meanwhile is refused, not overwritten.
  const [basedOn] = useState(revision);
  const save = async () => {
    const body = { basedOn, sections: { [section.name]: { text, struck } } };
    const sent = await run(...changeOf(id, published ? { ...body, reason } : body));
    if (sent.ok) onDone();
  };
  return (
    <form
      className={`stack ${styles.editor}`}
      aria-label={`Edit: ${section.title}`}
      onSubmit={(e) => {
        e.preventDefault();
        void save();
      }}
    >
      {section.sentences.length > 0 ? (
        <fieldset className={styles.keep}>
          <legend>What was drafted: untick what is not to stand</legend>
          {section.sentences.map((s) => (
            <label key={s.id}>
              <input
                type="checkbox"
                checked={!struck.includes(s.id)}
                onChange={(e) =>
                  setStruck((all) => (e.target.checked ? all.filter((x) => x !== s.id) : [...all, s.id]))
                }
              />
              <bdi>{visible(s.text)}</bdi>
            </label>
          ))}
        </fieldset>
      ) : null}
      <Field
        label="In your own words (Markdown)"
        name={`sections.${section.name}.text`}
        refusal={refusal}
        hint="A redraft never touches what stands here."
      >
        {(control) => (
          <textarea {...control} rows={7} value={text} onChange={(e) => setText(e.target.value)} maxLength={50_000} />
        )}
      </Field>
      {preview ? (
        <section className={styles.preview} aria-label="Preview">
          {text.trim() === '' ? <p className="quiet">Nothing is written yet.</p> : <Written text={text} />}
        </section>
      ) : null}
      {published ? (
        <Field label="Why it is amended" name="reason" refusal={refusal}>
          {(control) => (
            <input {...control} value={reason} onChange={(e) => setReason(e.target.value)} maxLength={500} required />
          )}
        </Field>
      ) : null}
      <FormError refusal={refusal} shown={['reason']} />
      <div className="row">
        <button type="submit" className="button primary small" disabled={busy}>
          {published ? 'Amend' : 'Save'}
        </button>
        <button type="button" className="button small" aria-pressed={preview} onClick={() => setPreview(!preview)}>
          Preview
        </button>
        <button type="button" className="button ghost small" onClick={onDone}>
          Cancel
        </button>
      </div>
    </form>
  );
}

function CommentForm({ id, section, onDone }: { id: string; section: EditableSection; onDone: () => void }) {
  const { busy, refusal, run } = useSend();
  const [text, setText] = useState('');
  const send = async () => {
    const sent = await run('POST', `/postmortems/${id}/comments`, { section: section.name, text });
    if (sent.ok) onDone();
  };
  return (
    <form
      className={`stack tight ${styles.editor}`}
      aria-label={`Comment: ${section.title}`}
      onSubmit={(e) => {
        e.preventDefault();
        void send();
      }}
    >
      <Field label={`Comment on ${section.title}`} name="text" refusal={refusal}>
        {(control) => (
          <textarea {...control} rows={3} value={text} onChange={(e) => setText(e.target.value)} required />
        )}
      </Field>
      <FormError refusal={refusal} shown={['text']} />
      <div className="row">
        <button type="submit" className="button primary small" disabled={busy || text.trim() === ''}>
          Send the comment
        </button>
        <button type="button" className="button ghost small" onClick={onDone}>
          Cancel
        </button>
      </div>
    </form>
  );
}

function Comment({ id, comment, may }: { id: string; comment: CommentView; may: boolean }) {
  const { busy, run } = useSend();
  const heading = useId();
  return (
    <li data-comment={comment.id} aria-labelledby={heading}>
      <p className="small quiet" id={heading}>
        <Name>{comment.by}</Name> <Ago at={comment.at} />
        {comment.resolved ? (
          <>
            {' · settled by '}
            <Name>{comment.resolved.by}</Name> <Ago at={comment.resolved.at} />
          </>
        ) : null}
      </p>
      <Written text={comment.text} />
      {may ? (
        <button
          type="button"
          className="button ghost small"
          disabled={busy}
          onClick={() => void run('POST', `/postmortems/${id}/comments/${comment.id}/resolve`)}
        >
          Settle
        </button>
      ) : null}
    </li>
  );
}
