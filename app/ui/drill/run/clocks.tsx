/** The five clocks of a run, each against its objective. */

import { Panel } from '@/app/ui/page/panel';
import { Time } from '@/app/ui/text/clock.client';
import { Name, visible } from '@/app/ui/text/name';
import type { RunView } from '@/lib/drill/model';
import { ClockFace } from './clock.client';
import styles from './clocks.module.css';
import { CorrectClock } from './correct.client';
import { clockWords, isOver, wholeOf } from './reading';

export function RunClocks({ run, allowed }: { run: RunView; allowed: boolean }) {
  const over = isOver(run);
  const whole = wholeOf(run.clocks);
  return (
    <Panel
      title="Clocks"
      id="clocks"
      note={whole ? `from the fault until the criteria were back: ${whole}` : 'elapsed against objective'}
      flush
    >
      <ol className={styles.clocks} aria-label="Clocks">
        {run.clocks.map((clock) => {
          const { label, says } = clockWords[clock.name];
          const correctable = clock.state === 'recorded' || clock.state === 'invalid' || clock.from !== null;
          return (
            <li key={clock.name} data-clock={clock.name} data-state={clock.state}>
              <span className={styles.clockHead}>
                {label}
                {allowed && over && correctable ? (
                  <CorrectClock id={run.id} clock={clock} label={label.toLowerCase()} />
                ) : null}
              </span>
              <ClockFace clock={clock} over={over} label={label} />
              <span className="quiet small">{says}</span>
              {clock.corrected ? (
                <span className="quiet small">
                  Corrected by <Name>{clock.corrected.by}</Name>: <bdi>{visible(clock.corrected.reason)}</bdi>. It was{' '}
                  <Was at={clock.corrected.from} /> to <Was at={clock.corrected.to} />
                </span>
              ) : null}
            </li>
          );
        })}
      </ol>
    </Panel>
  );
}

function Was({ at }: { at: string | null }) {
  return at === null ? <>never</> : <Time at={at} grain="second" />;
}
