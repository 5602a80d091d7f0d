import Link from 'next/link';
import { carriedWords, excessName } from '@/app/ui/criterion/excess-words';
import { Announce } from '@/app/ui/frame/live.client';
import { Icon, type IconName } from '@/app/ui/icon';
import { Badge, StateBadge } from '@/app/ui/page/badge';
import { plain, type Sentence } from '@/app/ui/rollout/verdict-sentence';
import { Ago, Time } from '@/app/ui/text/clock.client';
import { Name, visible } from '@/app/ui/text/name';
import { verdictReasonWords } from '@/app/ui/text/words';
import type { ExcessView } from '@/lib/rollout/explain/excess';
import type { RolloutView } from '@/lib/rollout/model';
import styles from './verdict.module.css';

function glyph(rollout: RolloutView): IconName {
  if (rollout.state === 'completed') return 'complete';
  if (rollout.state === 'draft') return 'no_data';
  if (rollout.state === 'held') return 'hold';
  if (rollout.state === 'running') return rollout.verdict?.kind ?? 'clock';
  return 'roll_back';
}

export function VerdictHead(props: { rollout: RolloutView; sentence: Sentence; excess: ExcessView | null }) {
  const { rollout, sentence } = props;
  const since =
    rollout.state === 'running' || rollout.state === 'held'
      ? (rollout.verdictSince ?? rollout.startedAt)
      : (rollout.endedAt ?? rollout.updatedAt);
  const reason = rollout.verdict && rollout.state === 'running' ? verdictReasonWords[rollout.verdict.reason] : null;
  return (
    <div>
      <div className={styles.crumbs}>
        <Link href="/rollouts">Rollouts</Link>
        <span aria-hidden="true">/</span>
        <Link href={`/features/${encodeURIComponent(rollout.feature)}`}>
          <Name>{rollout.feature}</Name>
        </Link>
        <span aria-hidden="true">/</span>
        <Name>{rollout.environment}</Name>
        <span className={styles.badges}>
          <StateBadge state={rollout.state} />
          {rollout.withdrawn.map((cohort) => (
            <Badge key={cohort} tone="bad">
              without {visible(cohort)}
            </Badge>
          ))}
          {rollout.mode === 'observe' ? <Badge tone="plain">Observes only</Badge> : null}
        </span>
      </div>
      <section className={`toned ${styles.verdict}`} data-tone={sentence.tone} aria-label="Verdict">
        <span className={styles.glyph}>
          <Icon name={glyph(rollout)} size={26} />
        </span>
        <div className={styles.words}>
          <h1>
            <span className={styles.lead}>{sentence.lead}</span> <bdi>{sentence.text}</bdi>
          </h1>
          {sentence.rule ? <p className={styles.rule}>{sentence.rule}.</p> : null}
          <Carrier excess={props.excess} tone={sentence.tone} />
          <p className={styles.since}>
            {since ? (
              <>
                Since <Time at={since} /> (<Ago at={since} />)
              </>
            ) : null}
            {reason ? ` · ${reason}` : ''}
            {rollout.plan.owner ? (
              <>
                {' · owner '}
                <Name>{rollout.plan.owner}</Name>
              </>
            ) : null}
          </p>
        </div>
      </section>
      <Announce text={plain(sentence)} />
    </div>
  );
}

/** The value that carries the excess, where one does: the first thing that somebody who mends it asks for. */
function Carrier({ excess, tone }: { excess: ExcessView | null; tone: Sentence['tone'] }) {
  const first = [...(excess?.values ?? []), ...(excess?.instances ?? [])].find((v) => v.clear && !v.symptom);
  if (!first || tone !== 'bad') return null;
  return (
    <p className={styles.rule}>
      <a href="#excess">
        <bdi>{excessName(first)}</bdi> carries {carriedWords(first.share)} of the excess
      </a>
      {first.newHere ? ', and is new here' : ''}.
    </p>
  );
}
