/** Rollouts on a row each: the verdict as a sentence, exposure, and the deciding signal as a sparkline. */
import Link from 'next/link';
import { Spark } from '@/app/ui/chart/spark';
import { attempt } from '@/app/ui/page/attempt';
import { StateBadge } from '@/app/ui/page/badge';
import { Scroll } from '@/app/ui/page/scroll';
import { RollBack } from '@/app/ui/rollback/roll-back.client';
import { Ago } from '@/app/ui/text/clock.client';
import { Name, visible } from '@/app/ui/text/name';
import { formatDuration } from '@/lib/chart/format';
import type { Line } from '@/lib/chart/model';
import type { Context } from '@/lib/context';
import type { RolloutView } from '@/lib/rollout/model';
import { series } from '@/lib/signal/signal';
import { MiniRail } from './rail';
import styles from './table.module.css';
import { plain, verdictSentence } from './verdict-sentence';

/** null: it could not be read; no entry: nobody asked, as for a rollout that is over */
export type Sparks = Map<string, SparkData | null>;
type SparkData = { criterion: string; lines: Line[]; from: number; to: number };
const span = 30 * 60_000;

/** The criterion that decides, or the first guardrail: what one would look at first. */
export async function sparksOf(ctx: Context, rollouts: RolloutView[], now: number): Promise<Sparks> {
  const sparks: Sparks = new Map();
  await Promise.all(
    rollouts.slice(0, 20).map(async (rollout) => {
      const { plan, verdict } = rollout;
      const name = verdict?.deciding?.criterion;
      const criterion =
        plan.criteria.find((c) => c.name === name) ??
        plan.criteria.find((c) => c.kind === 'guardrail') ??
        plan.criteria[0];
      if (!criterion) return;
      const { measure, metric, where, q, of, per } = criterion;
      const began = Date.parse(rollout.startedAt ?? rollout.createdAt);
      const from = Math.max(now - span, Math.min(began - 20_000, now - 180_000));
      const read = await attempt(
        series(ctx, {
          environment: rollout.environment,
          feature: rollout.feature,
          versions: [plan.baseline, plan.candidate],
          metric,
          measure: measure === 'burn_rate' ? 'share' : measure,
          where,
          from: new Date(from),
          to: new Date(now),
          points: 60,
          ...(q === undefined ? {} : { q }),
          ...(of === undefined ? {} : { of }),
          ...(per === undefined ? {} : { per }),
        }),
      );
      if (!read.ok) {
        sparks.set(rollout.id, null);
        return;
      }
      const lines = [plan.baseline, plan.candidate].map(
        (version) => read.value.lines.find((l) => l.version === version) ?? { version, points: [] },
      );
      sparks.set(rollout.id, { criterion: criterion.name, lines, from, to: now });
    }),
  );
  return sparks;
}

const live = (rollout: RolloutView): boolean => rollout.state === 'running' || rollout.state === 'held';

/** Those that the plan names or that were seen, but for who was taken back: they could be taken back alone. */
export function cohortsOf(rollout: RolloutView): string[] {
  const planned = rollout.plan.stages.flatMap((s) => Object.keys(s.exposure));
  const seen = rollout.verdict?.outcomes.flatMap((o) => o.cohort ?? []) ?? [];
  const gone = ['*', '', ...rollout.withdrawn];
  return [...new Set([...planned, ...seen])].filter((cohort) => !gone.includes(cohort));
}

/** `operates`: whoever looks may roll back, so every live rollout has the button. */
export function RolloutTable({
  rollouts,
  sparks,
  operates = false,
  label = 'Rollouts',
}: {
  rollouts: RolloutView[];
  sparks: Sparks | null;
  operates?: boolean;
  label?: string;
}) {
  const acts = operates && rollouts.some(live);
  return (
    <Scroll label={`${label}, scrolls sideways`}>
      <table className={`cards ${styles.table}`}>
        <thead>
          <tr>
            <th scope="col">Rollout</th>
            <th scope="col">State</th>
            <th scope="col">Verdict</th>
            <th scope="col">Stage</th>
            {sparks ? <th scope="col">Signal to watch</th> : null}
            <th scope="col">Changed</th>
            {acts ? <th scope="col">Roll back</th> : null}
          </tr>
        </thead>
        <tbody>
          {rollouts.map((rollout) => (
            <tr key={rollout.id}>
              <th scope="row">
                <Link href={`/rollouts/${rollout.id}`} prefetch={false} className={styles.link}>
                  <Name>{rollout.feature}</Name>
                </Link>
                <span className={styles.place}>
                  <Name>{rollout.environment}</Name>
                  {rollout.mode === 'observe' ? ' · observes' : ''}
                </span>
              </th>
              <td data-cell="state">
                <StateBadge state={rollout.state} />
              </td>
              <td className={styles.sentence} data-cell="verdict">
                <Sentence rollout={rollout} />
              </td>
              <td data-cell="stage">
                <MiniRail rollout={rollout} />
              </td>
              {sparks ? (
                <td data-cell="spark">
                  <SparkCell spark={sparks.get(rollout.id)} />
                </td>
              ) : null}
              <td className="quiet nowrap" data-cell="when">
                <Ago at={rollout.endedAt ?? rollout.verdictSince ?? rollout.updatedAt} />
              </td>
              {acts ? (
                <td data-cell="act">
                  {live(rollout) ? (
                    <RollBack
                      id={rollout.id}
                      epoch={rollout.epoch}
                      feature={rollout.feature}
                      environment={rollout.environment}
                      cohorts={cohortsOf(rollout)}
                    />
                  ) : null}
                </td>
              ) : null}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function Sentence({ rollout }: { rollout: RolloutView }) {
  const sentence = verdictSentence(rollout, {});
  return (
    <span title={visible(plain(sentence))}>
      <strong data-tone={sentence.tone}>{sentence.lead}</strong> <bdi>{visible(sentence.text)}</bdi>
    </span>
  );
}

function SparkCell({ spark }: { spark: SparkData | null | undefined }) {
  if (spark === undefined) return null;
  if (spark === null) return <span className="quiet small">could not be read</span>;
  return (
    <span className={styles.spark}>
      <Spark
        lines={spark.lines}
        from={spark.from}
        to={spark.to}
        label={`${visible(spark.criterion)}: ${spark.lines.map((l) => visible(l.version)).join(' and ')} over the last ${formatDuration(spark.to - spark.from)}`}
      />
      <Name className="small">{spark.criterion}</Name>
    </span>
  );
}
