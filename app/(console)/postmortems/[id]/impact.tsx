/** What it cost, against what the baseline would have met at the same time: in all and by cohort. Unknown is said. */
import type { ReactNode } from 'react';
import { StateNote } from '@/app/ui/page/panel';
import { figureNumber, figureRange } from '@/app/ui/postmortem/words';
import { Cite } from '@/app/ui/text/cite.client';
import { Name, visible } from '@/app/ui/text/name';
import { uncomparedId } from '@/lib/postmortem/impact/figure-id';
import type { Figure } from '@/lib/postmortem/model';
import { sourceKey } from '@/lib/postmortem/source-model';
import styles from './report.module.css';

export function ImpactTable({ figures }: { figures: Figure[] }) {
  const of = figures.filter(({ id }) => id.startsWith('impact/'));
  const whole = of.filter((f) => typeof f.inputs.cohort !== 'string' && (f.value !== 0 || !isUncompared(f)));
  if (whole.length === 0)
    return <StateNote state="no_data">Nothing was measured that an impact follows from.</StateNote>;
  return (
    <table className={`cards ${styles.impact}`} aria-label="Impact">
      <thead>
        <tr>
          <th scope="col">What</th>
          <th scope="col" className="number">
            In all
          </th>
          <th scope="col">Interval</th>
          <th scope="col">By cohort</th>
        </tr>
      </thead>
      <tbody>
        {whole.map((figure) => (
          <Row key={figure.id} figure={figure} cohorts={of.filter((f) => isCohortOf(f, figure))} />
        ))}
      </tbody>
    </table>
  );
}

const isUncompared = ({ id, inputs }: Figure): boolean => id === uncomparedId(String(inputs.criterion));
const isCohortOf = (f: Figure, whole: Figure): boolean =>
  typeof f.inputs.cohort === 'string' && f.id.startsWith(`${whole.id}/`);

function Row({ figure, cohorts }: { figure: Figure; cohorts: Figure[] }) {
  const { label, inputs, why, value, level } = figure;
  const range = figureRange(figure);
  const chance = figure.low !== null && figure.high !== null && figure.low <= 0 && figure.high >= 0;
  return (
    <tr data-figure={figure.id} data-unknown={value === null || undefined}>
      <th scope="row">
        {visible(label)}
        <span className={styles.about}>
          {typeof inputs.criterion === 'string' && figure.id !== 'impact/requests' ? (
            <>
              by <Name>{inputs.criterion}</Name>
            </>
          ) : null}
          {typeof inputs.sameAs === 'string' && inputs.sameAs ? ' (counts the same as ' : ''}
          {typeof inputs.sameAs === 'string' && inputs.sameAs ? <Name>{inputs.sameAs}</Name> : null}
          {typeof inputs.sameAs === 'string' && inputs.sameAs ? ': not to be added)' : ''}
        </span>
      </th>
      <td className="number" data-label="In all">
        <Value figure={figure}>{value === null ? 'not known' : figureNumber(figure.unit, value)}</Value>
      </td>
      <td data-label="Interval">
        {range ? (
          <>
            {range}
            {level === null ? null : (
              <span className="quiet">
                {' '}
                at {100 * level}
                {'\u202f'}%
              </span>
            )}
            {chance ? <span className={styles.about}>chance alone could explain it</span> : null}
          </>
        ) : value === null ? null : (
          <span className="quiet">counted</span>
        )}
        {why ? <span className={styles.about}>{visible(why)}</span> : null}
      </td>
      <td data-label="By cohort">
        <Cohorts cohorts={cohorts} />
      </td>
    </tr>
  );
}

const shown = 6;

function Cohorts({ cohorts }: { cohorts: Figure[] }) {
  if (cohorts.length === 0) return <span className="quiet">–</span>;
  const by = (f: Figure) => (f.value === null ? Number.NEGATIVE_INFINITY : Math.abs(f.value));
  const sorted = [...cohorts].sort((a, b) => by(b) - by(a));
  return (
    <ul className={styles.cohorts}>
      {sorted.slice(0, shown).map((f) => (
        <Cohort key={f.id} figure={f} />
      ))}
      {sorted.length > shown ? (
        <li>
          <details>
            <summary>{sorted.length - shown} more</summary>
            <ul className={styles.cohorts}>
              {sorted.slice(shown).map((f) => (
                <Cohort key={f.id} figure={f} />
              ))}
            </ul>
          </details>
        </li>
      ) : null}
    </ul>
  );
}

function Cohort({ figure }: { figure: Figure }) {
  const range = figureRange(figure);
  return (
    <li>
      <Name>{String(figure.inputs.cohort) || '(no cohort)'}</Name>{' '}
      <Value figure={figure}>{figure.value === null ? 'not known' : figureNumber(figure.unit, figure.value)}</Value>
      {range ? <span className="quiet nowrap"> ({range})</span> : null}
    </li>
  );
}

function Value({ figure, children }: { figure: Figure; children: ReactNode }) {
  const cohort = typeof figure.inputs.cohort === 'string' ? ` in ${figure.inputs.cohort}` : '';
  return (
    <strong className={figure.value === null ? styles.unknown : styles.value}>
      <Cite keys={[sourceKey({ kind: 'figure', id: figure.id })]} said={visible(`${figure.label}${cohort}`)}>
        {children}
      </Cite>
    </strong>
  );
}
