/** The five clocks of a run, each against its objective. */
import type { RunView } from '@/lib/drill/model';
import { Time } from './clock.client';
import styles from './drill-run.module.css';
import { CorrectClock } from './drill-run-correct.client';
import { clockWords, isOver, readClock } from './drill-run-reading';
import { Name, visible } from './name';
import { Panel } from './panel';

/** `now`: of the server; the page is drawn again with every tick. */
export function RunClocks({ run, now, allowed }: { run: RunView; now: number; allowed: boolean }) {
  const over = isOver(run);
  return (
    <Panel title="Clocks" id="clocks" note="elapsed against objective" flush>
      <ol className={styles.clocks} aria-label="Clocks">
        {run.clocks.map((clock) => {
          const { label, says } = clockWords[clock.name];
          const { text, tone, objective, share } = readClock(clock, now, over);
          return (
            <li key={clock.name} data-clock={clock.name} data-state={clock.state} data-tone={tone}>
              <span>{label}</span>
              <strong>{text}</strong>
              {share === null ? null : (
                <meter min={0} max={1} value={share} aria-label={`${label}: part of its objective used`} />
              )}
              <span>
                {clock.state.replace('_', ' ')}
                {objective ? ` · ${objective}` : ''}
              </span>
              <span className="quiet">{says}</span>
              {clock.corrected ? (
                <span className="quiet">
                  Corrected by <Name>{clock.corrected.by}</Name>: <bdi>{visible(clock.corrected.reason)}</bdi>. It was{' '}
                  <Was at={clock.corrected.from} /> to <Was at={clock.corrected.to} />
                </span>
              ) : null}
              {allowed && over && clock.state !== 'not_applicable' ? (
                <span>
                  <CorrectClock id={run.id} clock={clock} label={label.toLowerCase()} />
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
