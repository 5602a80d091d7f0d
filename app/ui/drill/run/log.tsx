/** What a run says of itself, newest first: what is new is seen without scrolling. */

import { Panel, StateNote } from '@/app/ui/page/panel';
import { Time } from '@/app/ui/text/clock.client';
import type { RunView } from '@/lib/drill/model';
import { visibleLines } from './asked';
import { runStateWords } from './reading';
import styles from './run.module.css';

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
