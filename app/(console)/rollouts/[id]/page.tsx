import type { Metadata } from 'next';
import { found } from '@/app/(console)/found';
import { DrillNote } from '@/app/ui/drill/note';
import { readPreferences } from '@/app/ui/frame/preferences';
import { attempt, valueOr } from '@/app/ui/page/attempt';
import { first, type SearchParams } from '@/app/ui/page/query';
import { PostmortemLinks } from '@/app/ui/postmortem/link';
import { ActionBar } from '@/app/ui/rollout/action-bar.client';
import { ApprovalBox } from '@/app/ui/rollout/approval.client';
import { DraftActions } from '@/app/ui/rollout/draft.client';
import { cohortsOf } from '@/app/ui/rollout/table';
import { verdictSentence } from '@/app/ui/rollout/verdict-sentence';
import { StatusLink } from '@/app/ui/status/link';
import { stateWords } from '@/app/ui/text/words';
import { holds } from '@/lib/access/authorise';
import { type Preview, type RolloutView, verbs } from '@/lib/rollout/model';
import { getRollout } from '@/lib/rollout/rollout';
import { pageContext } from '@/lib/wiring';
import { Charts, StaleNote } from './charts';
import { Computation } from './computation';
import { Criteria } from './criteria';
import { decisiveEvidence, type Evidence, readEvidence } from './evidence';
import { ExcessPanel } from './excess';
import { Health } from './health';
import { Migrations } from './migrations';
import { Rollbacks } from './rollbacks';
import { Story } from './story';
import styles from './verdict.module.css';
import { VerdictHead } from './verdict-head';

type Props = { params: Promise<{ id: string }>; searchParams: Promise<SearchParams> };

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const rollout = await attempt(getRollout(await pageContext(), (await params).id));
  return {
    title: rollout.ok ? `${rollout.value.feature} ${stateWords[rollout.value.state].label.toLowerCase()}` : 'Rollout',
  };
}

export default async function VerdictPage({ params, searchParams }: Props) {
  const ctx = await pageContext();
  const { id } = await params;
  const query = first(await searchParams);
  const rollout = await found(getRollout(ctx, id));
  const [evidence, preferences] = await Promise.all([readEvidence(ctx, rollout, query), readPreferences()]);
  const decisive = decisiveEvidence(valueOr(evidence.decisions, []));
  const active = rollout.state === 'running' || rollout.state === 'held';
  // After a rollback what matters is what led to it, not what is measured since.
  const verdict = active ? rollout.verdict : (decisive ?? rollout.verdict);
  const pending = valueOr(evidence.approvals, []).filter((a) => a.state === 'pending');
  const may = holds(ctx.actor, 'operate');
  // What is not proven comes before everything but the verdict.
  const proven = valueOr(evidence.rollbacks, [])[0]?.state === 'verified';
  const rollbacks = <Rollbacks ctx={ctx} rollbacks={valueOr(evidence.rollbacks, [])} allowed={may} />;
  return (
    <div className={styles.page}>
      <DrillNote environment={rollout.environment} />
      <VerdictHead
        rollout={rollout}
        sentence={verdictSentence(rollout, evidence.units, decisive)}
        excess={valueOr(evidence.excess, null)}
      />
      {proven ? null : rollbacks}
      <PostmortemLinks ctx={ctx} subject={rollout.id} />
      {rollout.state === 'draft' ? null : <StatusLink ctx={ctx} subject="rollout" id={rollout.id} />}
      <Health rollout={rollout} evidence={evidence} />
      <div className={styles.acts}>
        <ActionBar
          id={rollout.id}
          epoch={rollout.epoch}
          feature={rollout.feature}
          environment={rollout.environment}
          offers={offersOf(rollout, evidence)}
          cohorts={cohortsOf(rollout)}
          killed={killedIn(rollout, evidence)}
          barred={may ? null : 'You can look at everything here. Acting needs the role operator.'}
        />
        {rollout.state === 'draft' && may ? <DraftActions id={rollout.id} /> : null}
        {pending.map((approval) => (
          <ApprovalBox key={approval.id} approval={approval} allowed={holds(ctx.actor, 'approve')} />
        ))}
      </div>
      {proven ? rollbacks : null}
      <Migrations ctx={ctx} rollout={rollout} allowed={may} />
      <Criteria rollout={rollout} verdict={verdict} units={evidence.units} now={active ? evidence.now : null} />
      <ExcessPanel rollout={rollout} verdict={verdict} excess={evidence.excess} />
      <StaleNote evidence={evidence} active={active} />
      <Charts rollout={rollout} verdict={verdict} evidence={evidence} zone={preferences.zone} query={query} />
      <Story rollout={rollout} evidence={evidence} />
      <Computation rollout={rollout} verdict={verdict} />
    </div>
  );
}

/** The verbs that make sense in this state, in the order of use; one that is refused for now shows why. */
const sensible: Record<RolloutView['state'], readonly Preview['verb'][]> = {
  draft: ['start'],
  running: ['widen', 'hold', 'complete', 'roll-back'],
  held: ['resume', 'complete', 'roll-back'],
  rolling_back: [],
  rolled_back: [],
  completed: [],
};

function offersOf(rollout: RolloutView, evidence: Evidence) {
  return sensible[rollout.state].map((verb) => {
    const preview = evidence.previews[verbs.indexOf(verb)];
    return { verb, preview: preview?.ok ? preview.value : null };
  });
}

function killedIn(rollout: RolloutView, evidence: Evidence): boolean {
  const kills = evidence.feature.ok ? evidence.feature.value.kills : [];
  return kills.some(
    (k) => k.scope === 'organisation' || (k.scope === 'environment' && k.value === rollout.environment),
  );
}
