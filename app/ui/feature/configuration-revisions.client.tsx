'use client';
/** Who changed the configuration, when and why; any revision can be made the newest again. */
import { useState } from 'react';
import { Dialog } from '@/app/ui/form/dialog.client';
import { ReasonedOrder } from '@/app/ui/form/reasoned-order.client';
import { Scroll } from '@/app/ui/page/scroll';
import { DifferenceList, valueText } from '@/app/ui/rollback/restore-preview';
import { Ago } from '@/app/ui/text/clock.client';
import { Name, visible } from '@/app/ui/text/name';
import type { Difference } from '@/lib/snapshot/model';
import styles from './configuration.module.css';

export type RevisionRow = {
  revision: number;
  restoredFrom: number | null;
  reason: string;
  by: string;
  at: string;
  /** against the revision before it */
  changed: Difference[];
  /** from what is served now to what this one serves */
  back: Difference[];
};

export function ConfigurationRevisions(props: {
  feature: string;
  environment: string;
  revisions: RevisionRow[];
  may: boolean;
}) {
  const [chosen, setChosen] = useState<RevisionRow | null>(null);
  const newest = props.revisions[0]?.revision;
  return (
    <>
      <Scroll label="Revisions, scrolls sideways">
        <table className={`cards ${styles.table}`}>
          <thead>
            <tr>
              <th scope="col">Revision</th>
              <th scope="col">What changed</th>
              <th scope="col">Why</th>
              <th scope="col">Who</th>
              <th scope="col">When</th>
              {props.may ? <th scope="col">Restore</th> : null}
            </tr>
          </thead>
          <tbody>
            {props.revisions.map((r) => (
              <tr key={r.revision}>
                <th scope="row" data-label="Revision">
                  {r.revision}
                  {r.revision === newest ? <span className="quiet"> served now</span> : null}
                  {r.restoredFrom === null ? null : <span className="quiet"> as in {r.restoredFrom}</span>}
                </th>
                <td data-cell="wide">
                  <Changed all={r.changed} />
                </td>
                <td className={styles.reason} data-cell="wide">
                  {visible(r.reason)}
                </td>
                <td>
                  <Name>{r.by}</Name>
                </td>
                <td className="quiet nowrap">
                  <Ago at={r.at} />
                </td>
                {props.may ? (
                  <td data-cell="end">
                    {r.back.length > 0 ? (
                      <button type="button" className="button small" onClick={() => setChosen(r)}>
                        Restore<span className="visually-hidden"> revision {r.revision}</span>
                      </button>
                    ) : null}
                  </td>
                ) : null}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      <Dialog
        title={`Restore revision ${chosen?.revision ?? ''}`}
        open={chosen !== null}
        onClose={() => setChosen(null)}
      >
        {chosen ? <RestoreRevision {...props} revision={chosen} onDone={() => setChosen(null)} /> : null}
      </Dialog>
    </>
  );
}

const shown = 3;

function Changed({ all }: { all: Difference[] }) {
  if (all.length === 0) return <span className="quiet">nothing</span>;
  return (
    <ul className={styles.changed}>
      {all.slice(0, shown).map((d) => (
        <li key={d.path}>
          {d.path === 'configuration' ? (
            <span className="quiet">{d.from === null ? 'the first values' : 'taken away'}</span>
          ) : (
            <>
              <bdi>{visible(d.path.replace(/^configuration\./, ''))}</bdi>{' '}
              {d.from === null ? null : <del>{brief(d.from)}</del>} <ins>{brief(d.to)}</ins>
            </>
          )}
        </li>
      ))}
      {all.length > shown ? <li className="quiet">and {all.length - shown} more</li> : null}
    </ul>
  );
}

const brief = (value: unknown): string => {
  const text = valueText(value);
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
};

function RestoreRevision(props: { feature: string; environment: string; revision: RevisionRow; onDone: () => void }) {
  const { revision, environment } = props;
  const path = `/features/${encodeURIComponent(props.feature)}/configuration/revisions/${revision.revision}/restore`;
  return (
    <ReasonedOrder
      label="Restore it"
      icon="roll_back"
      order={(reason, once) => ['POST', path, { environment, reason }, once]}
      onDone={props.onDone}
    >
      <p>
        Its values are served again in <Name>{environment}</Name>, as a new revision. Flags and exposure stay as they
        are.
      </p>
      <div className={styles.result}>
        <DifferenceList differences={revision.back} />
      </div>
    </ReasonedOrder>
  );
}
