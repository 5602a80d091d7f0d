import Link from 'next/link';
import { Fragment, type ReactNode } from 'react';
import { Badge } from '@/app/ui/page/badge';
import styles from '@/app/ui/status/status.module.css';
import { momentWords, updateStateWords } from '@/app/ui/status/words';
import { Ago, Time } from '@/app/ui/text/clock.client';
import { Lines } from '@/app/ui/text/lines';
import { Name } from '@/app/ui/text/name';
import { standingWords, type UpdateView } from '@/lib/status/model';

export function Updates(props: { updates: UpdateView[]; form: ((update: UpdateView) => ReactNode) | null }) {
  return (
    <ol className={styles.updates}>
      {props.updates.map((update) => (
        <li key={update.id} data-state={update.state} className={update.state === 'draft' ? styles.draft : undefined}>
          <Head update={update} />
          {props.form ? props.form(update) : <Words update={update} />}
        </li>
      ))}
    </ol>
  );
}

/** What Belay does by itself is recorded under the name of the part that does it. */
export const Author = ({ children: name }: { children: string }) => (name === 'status' ? 'Belay' : <Name>{name}</Name>);

function Head({ update }: { update: UpdateView }) {
  const state = updateStateWords[update.state];
  return (
    <div className="row small">
      <Badge tone={state.tone}>{state.label}</Badge>
      <strong>{momentWords[update.moment]}</strong>
      {update.outdated ? <Badge tone="bad">Something has happened since</Badge> : null}
      <span className="quiet">
        {update.endedAt ? (
          <>
            <Time at={update.endedAt} /> by <Author>{update.endedBy ?? ''}</Author>
          </>
        ) : (
          <>
            drafted <Ago at={update.createdAt} /> by <Author>{update.createdBy}</Author>
          </>
        )}
        {update.editedBy ? (
          <>
            , edited by <Name>{update.editedBy}</Name>
          </>
        ) : null}
      </span>
      {update.draftedFrom.length > 0 ? (
        <span className="quiet">
          from{' '}
          {update.draftedFrom.map((seq, i) => (
            <Fragment key={seq}>
              {i > 0 ? ', ' : ''}
              <Link href={`/history?before=${seq + 1}`} prefetch={false}>
                event {seq}
              </Link>
            </Fragment>
          ))}
        </span>
      ) : null}
    </div>
  );
}

function Words({ update }: { update: UpdateView }) {
  return (
    <>
      <Lines className={styles.text} text={update.text} />
      {update.publicText === '' ? (
        <p className="small quiet">Nothing of it is for the public.</p>
      ) : (
        <div className={styles.outside}>
          <strong className="small quiet">For the public</strong>
          <Lines text={update.publicText} />
        </div>
      )}
      <p className="small quiet">
        {standingWords[update.standing].label}
        {update.nextAt ? (
          <>
            ; the next update was promised by <Time at={update.nextAt} />
          </>
        ) : null}
      </p>
    </>
  );
}
