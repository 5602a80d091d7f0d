'use client';
/** What is kept elsewhere and belongs to it: a ticket, a call, a document. */
import { useState } from 'react';
import { Field, FormError, useSend } from '@/app/ui/form/form.client';
import { Name, visible } from '@/app/ui/text/name';
import type { Document } from '@/lib/postmortem/model';
import { changeOf } from './change';
import styles from './report.module.css';

type Props = { id: string; revision: number; published: boolean; may: boolean; links: Document['links'] };

export function Links({ id, revision, published, may, links }: Props) {
  const { busy, refusal, run, clear } = useSend();
  const [open, setOpen] = useState(false);
  const [title, setTitle] = useState('');
  const [url, setUrl] = useState('');
  const change = (of: Record<string, unknown>, reason: string) => {
    const body = { basedOn: revision, links: of };
    return run(...changeOf(id, published ? { ...body, reason } : body));
  };
  const add = async () => {
    const sent = await change({ add: [{ title, url }] }, `Linked ${title}`);
    if (!sent.ok) return;
    setOpen(false);
    setTitle('');
    setUrl('');
  };
  return (
    <div className="stack tight">
      {links.length === 0 ? <p className="quiet">Nothing is linked.</p> : null}
      <ul className={styles.list}>
        {links.map((link) => (
          <li key={link.id}>
            <a href={link.url} rel="noopener noreferrer nofollow" target="_blank">
              <bdi>{visible(link.title)}</bdi>
            </a>
            <span className="quiet">
              {new URL(link.url).host}, <Name>{link.by}</Name>
              {may ? (
                <button
                  type="button"
                  className="button ghost small no-print"
                  disabled={busy}
                  aria-label={`Remove: ${visible(link.title)}`}
                  onClick={() => void change({ remove: [link.id] }, `No longer links ${link.title}`)}
                >
                  Remove
                </button>
              ) : null}
            </span>
          </li>
        ))}
      </ul>
      {may && !open ? (
        <div>
          <button type="button" className="button small no-print" onClick={() => setOpen(true)}>
            Link something
          </button>
        </div>
      ) : null}
      {open ? (
        <form
          className="stack tight"
          onSubmit={(e) => {
            e.preventDefault();
            void add();
          }}
        >
          <Field label="What it is" name="links.add[0].title" refusal={refusal}>
            {(control) => (
              <input {...control} value={title} onChange={(e) => setTitle(e.target.value)} maxLength={200} required />
            )}
          </Field>
          <Field label="Address" name="links.add[0].url" refusal={refusal}>
            {(control) => (
              <input
                {...control}
                type="url"
                value={url}
                onChange={(e) => setUrl(e.target.value)}
                placeholder="https://"
                required
              />
            )}
          </Field>
          <div className="row">
            <button type="submit" className="button primary small" disabled={busy}>
              Link it
            </button>
            <button
              type="button"
              className="button ghost small"
              onClick={() => {
                clear();
                setOpen(false);
              }}
            >
              Cancel
            </button>
          </div>
        </form>
      ) : null}
      <FormError refusal={refusal} shown={['links.add[0].title', 'links.add[0].url']} />
    </div>
  );
}
