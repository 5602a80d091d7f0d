import Link from 'next/link';
import type { ReactNode } from 'react';
import styles from '@/app/ui/drill/page.module.css';
import { clockWords } from '@/app/ui/drill/run/reading';
import { levelWords } from '@/app/ui/drill/words';
import { Time } from '@/app/ui/text/clock.client';
import { Name, visible } from '@/app/ui/text/name';
import { clockNames, type DrillView } from '@/lib/drill/model';

const atDeadline = { roll_back: 'it is rolled back', fail: 'the drill fails', abort: 'the drill is aborted' };

export function Facts({ drill }: { drill: DrillView }) {
  const { fault, blast, decision, objectives, abort, knownGood } = drill;
  const level = levelWords[drill.level];
  const given = clockNames.filter((name) => objectives[name] !== null);
  return (
    <dl className={styles.facts}>
      {drill.situation ? <Fact name="Situation">{visible(drill.situation)}</Fact> : null}
      <Fact name="Level">
        {level.label}: {level.says}
      </Fact>
      {fault ? <Fact name="Fault">{faultSays(fault)}</Fact> : null}
      {blast ? (
        <Fact name="Touches">
          {blast.share} % of <Name>{blast.cohort}</Name>, {blast.minutes} minutes at most
        </Fact>
      ) : null}
      {drill.control ? (
        <Fact name="Control">
          <Name>{drill.control}</Name>, which must not be touched
        </Fact>
      ) : null}
      <Fact name="Objectives">
        {given.length === 0
          ? 'none'
          : given.map((n) => `${clockWords[n].label.toLowerCase()} ${objectives[n]}`).join(', ')}
        {objectives.provenBy ? (
          <>
            ; proven by <Time at={objectives.provenBy} grain="minute" />
            {drill.unprovenSince ? <strong>, which it was not</strong> : null}
          </>
        ) : null}
      </Fact>
      <Fact name="Decision">
        {decision.by === 'automatic'
          ? 'by Belay, as the plan says'
          : `by a person (${decision.role}) within ${decision.deadline}, else ${atDeadline[decision.atDeadline]}`}
        {decision.by === 'person' && decision.notThese.length > 0
          ? `; not by ${decision.notThese.map(visible).join(', ')}`
          : ''}
      </Fact>
      <Fact name="Aborted">
        after {abort.after}
        {abort.errors === null ? '' : `, or after ${abort.errors} errors`}
        {abort.checks.length === 0 ? '' : `, or when one of ${abort.checks.length} checks fails`}
      </Fact>
      <Fact name="Proof">
        {drill.level === 'tabletop' ? 'none: nothing is touched' : 'the recorded state is back'}
        {knownGood.checks.length === 0 ? '' : `, and ${knownGood.checks.length} checks pass`}
      </Fact>
      {drill.rollout ? (
        <Fact name="Plan of">
          <Link href={`/rollouts/${drill.rollout}`}>this rollout</Link>
        </Fact>
      ) : drill.level === 'tabletop' ? null : (
        <Fact name="Plan of">the newest rollout of the feature there</Fact>
      )}
      {drill.runbook ? (
        <Fact name="Runbook">
          <Link href={`/runbooks/${drill.runbook}`}>its own</Link>
        </Fact>
      ) : null}
      <Fact name="Owner">
        <Name>{drill.owner}</Name>
      </Fact>
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

function faultSays({ share, status, latencyMs, jitterMs, expiresAfter }: NonNullable<DrillView['fault']>): string {
  const what = [
    ...(status === null ? [] : [`${share} % of requests answer ${status}`]),
    ...(latencyMs === 0 ? [] : [`${share} % are ${latencyMs}${jitterMs === 0 ? '' : ` ± ${jitterMs}`} ms slower`]),
  ];
  return `${what.join(', ')}; ends by itself after ${expiresAfter}`;
}
