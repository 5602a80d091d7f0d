/** What happened when, in one strip: each moment, and how long it took from the one before against its objective. */

import { clockEndingAt, figureRange, lasted, milestoneWords } from '@/app/ui/postmortem/words';
import { Cite } from '@/app/ui/text/cite.client';
import { Time } from '@/app/ui/text/clock.client';
import { visible } from '@/app/ui/text/name';
import { clockId } from '@/lib/postmortem/impact/figure-id';
import type { Figure, Milestone } from '@/lib/postmortem/model';
import { sourceKey } from '@/lib/postmortem/source-model';
import styles from './report.module.css';

export function Milestones({ milestones, figures }: { milestones: Milestone[]; figures: Figure[] }) {
  if (milestones.length === 0) return null;
  const clocks = figures.filter(({ id }) => id.startsWith('clock/'));
  const wanted = clocks.some(({ inputs }) => typeof inputs.objectiveMs === 'number');
  return (
    <section className={styles.milestones} id="milestones" aria-label="Milestones">
      <ol>
        {milestones.map((milestone) => {
          const { label, says } = milestoneWords[milestone.name];
          const clock = clockEndingAt[milestone.name];
          const figure = clock && figures.find(({ id }) => id === clockId(clock));
          return (
            <li
              key={milestone.name}
              data-milestone={milestone.name}
              data-known={milestone.at !== null}
              data-tone={figure ? toneOf(figure) : undefined}
            >
              <strong>{label}</strong>
              {milestone.at === null ? (
                <span className={styles.unknown} title={visible(milestone.why)}>
                  not known
                </span>
              ) : (
                <Cite keys={milestone.sources.map(sourceKey)} said={`${label}: ${says}`}>
                  <Time at={milestone.at} grain="second" />
                </Cite>
              )}
              <span className={styles.says}>{milestone.at === null ? visible(milestone.why) : says}</span>
              {figure && milestone.at !== null ? <Clock figure={figure} wanted={wanted} /> : null}
            </li>
          );
        })}
      </ol>
      {wanted || clocks.length === 0 ? null : (
        <p className={styles.unwanted}>No drill of the feature sets objectives for these times.</p>
      )}
    </section>
  );
}

const toneOf = ({ inputs }: Figure) => (inputs.met === 'no' ? 'bad' : inputs.met === 'yes' ? 'good' : 'plain');

/** `wanted`: some of the times have an objective, so that it says something that this one has none. */
function Clock({ figure, wanted }: { figure: Figure; wanted: boolean }) {
  const { value, inputs } = figure;
  const objective = typeof inputs.objectiveMs === 'number' ? inputs.objectiveMs : null;
  const range = figureRange(figure);
  const against =
    objective === null
      ? 'no objective'
      : `${inputs.met === 'no' ? 'over the objective of' : inputs.met === 'yes' ? 'within' : 'objective'} ${lasted(objective)}`;
  return (
    <span className={styles.clock}>
      {value === null ? (
        'took: not known'
      ) : (
        <Cite keys={[sourceKey({ kind: 'figure', id: figure.id })]} said={`${figure.label}: ${lasted(value)}`}>
          after {lasted(value)}
        </Cite>
      )}
      {range && value !== null ? <small>({range})</small> : null}
      {wanted ? <small className={styles.objective}>{against}</small> : null}
    </span>
  );
}
