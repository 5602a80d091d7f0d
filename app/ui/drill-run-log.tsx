/** What a run says of itself, newest first: what is new is seen without scrolling. */
import type { RunView } from '@/lib/drill/model';
import { Time } from './clock.client';
import styles from './drill-run.module.css';
import { visibleLines } from './drill-run-asked';
import { runStateWords } from './drill-run-reading';
import { Panel, StateNote } from './panel';

export function RunLog({ run }: { run: RunView }) {
  const lines = run.log.map((line, n) => ({ ...line, n })).toReversed();
  return (
    <Panel title="Log" id="log" note="newest first" flush>
      {lines.length === 0 ? <StateNote state="empty">Nothing was said so far.</StateNote> : null}
      <ol className={styles.log} aria-label="Log" reversed>
        {lines.map(({ n, at, state, text }) => (
          <li key={n} data-new={n === run.log.length - 1 || undefined}>
            <Time at={at} grain="second" />
            <span className="quiet">{runStateWords[state].label}</span>
            <bdi>{visibleLines(text)}</bdi>
          </li>
        ))}
      </ol>
    </Panel>
  );
}
