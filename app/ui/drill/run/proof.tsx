/** What proves that a run came back to where it was, and what it taught. */

import { Icon } from '@/app/ui/icon';
import { Badge } from '@/app/ui/page/badge';
import { Panel } from '@/app/ui/page/panel';
import { Scroll } from '@/app/ui/page/scroll';
import { Time, Until } from '@/app/ui/text/clock.client';
import { Name, visible } from '@/app/ui/text/name';
import type { RunView } from '@/lib/drill/model';
import { CopyReport } from './copy.client';
import { lessonsOf, runReport } from './lessons';
import { isOver } from './reading';
import styles from './run.module.css';

export function RunProof({ run }: { run: RunView }) {
  const { proof, control } = run;
  return (
    <Panel title="Proof" id="proof" note="against what was recorded before the fault">
      <div className="stack">
        {proof ? (
          <div data-restored={String(proof.restored)}>
            <Badge tone={proof.restored ? 'good' : 'bad'} icon={proof.restored ? 'pass' : 'fail'}>
              {proof.restored ? 'Proven' : proof.restored === null ? 'Not known' : 'Not proven'}
            </Badge>
            <ul className={styles.proofs}>
              {proof.detail.split(/\.\s+(?=\p{Lu})/u).map((part) => (
                <li key={part} data-ok={proof.restored === true}>
                  <Icon name={proof.restored ? 'pass' : 'fail'} size={13} /> <bdi>{visible(part)}</bdi>
                </li>
              ))}
            </ul>
          </div>
        ) : (
          <p className="quiet">{unproven(run)}</p>
        )}
        {proof && proof.differences.length > 0 ? <Differences differences={proof.differences} /> : null}
        {control && !proof?.detail.includes(control.detail) ? (
          <p>
            <Badge tone={control.touched === false ? 'good' : control.touched ? 'bad' : 'plain'}>
              {control.touched === false ? 'Not touched' : control.touched ? 'Touched' : 'Not known'}
            </Badge>{' '}
            <bdi>{visible(control.detail)}</bdi>
          </p>
        ) : !control && run.drill.control && !isOver(run) ? (
          <p className="quiet">
            Control cohort <Name>{run.drill.control}</Name>: looked at when the return is proven.
          </p>
        ) : null}
      </div>
    </Panel>
  );
}

function unproven(run: RunView): string {
  if (run.level === 'tabletop') return 'Nothing was touched, so there is nothing to prove.';
  if (!isOver(run))
    return 'Not proven so far. What is served, what is configured and what is measured have to be as they were recorded.';
  return run.undo === null
    ? 'Nothing was injected, so there is nothing to prove.'
    : 'It ended before there was anything to prove.';
}

function Differences({ differences }: { differences: NonNullable<RunView['proof']>['differences'] }) {
  return (
    <Scroll label="Differences, scrolls sideways">
      <table>
        <thead>
          <tr>
            <th scope="col">What</th>
            <th scope="col">Recorded</th>
            <th scope="col">Found</th>
          </tr>
        </thead>
        <tbody>
          {differences.map(({ path, from, to }) => (
            <tr key={path}>
              <th scope="row">
                <Name>{path}</Name>
              </th>
              <td>
                <code>{visible(JSON.stringify(from) ?? 'nothing')}</code>
              </td>
              <td>
                <code>{visible(JSON.stringify(to) ?? 'nothing')}</code>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

/** `nextRunAt`: null where nothing is scheduled. */
export function RunLessons({ run, nextRunAt }: { run: RunView; nextRunAt: string | null }) {
  const { shown, not } = lessonsOf(run);
  return (
    <Panel title="What it showed" id="lessons" actions={<CopyReport text={runReport(run)} />}>
      <div className="stack">
        <div className={styles.lessons}>
          <Lessons title="Shown" items={shown} />
          <Lessons title="Not shown" items={not} />
        </div>
        <p className="quiet">
          {nextRunAt ? (
            <>
              Next time: <Time at={nextRunAt} /> (<Until at={nextRunAt} />)
            </>
          ) : (
            'Next time: not scheduled'
          )}
        </p>
      </div>
    </Panel>
  );
}

function Lessons({ title, items }: { title: string; items: string[] }) {
  return (
    <div>
      <h3>{title}</h3>
      {items.length === 0 ? (
        <p className="quiet">Nothing</p>
      ) : (
        <ul>
          {items.map((item) => (
            <li key={item}>
              <bdi>{visible(item)}</bdi>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
