/** What a run was planned to do and may do at most; for whoever asks, below what happens. */
import Link from 'next/link';
import { levelWords } from '@/app/ui/drill/words';
import { Fact } from '@/app/ui/page/fact';
import { Panel } from '@/app/ui/page/panel';
import { Ago, Time } from '@/app/ui/text/clock.client';
import { Name, visible } from '@/app/ui/text/name';
import type { RunView } from '@/lib/drill/model';
import { faultSays, isOver } from './reading';
import styles from './run.module.css';

export function RunFacts({ run }: { run: RunView }) {
  const { drill, rolloutId, rollbackId } = run;
  const tabletop = run.level === 'tabletop';
  return (
    <Panel title="What it may do" id="facts" note="and how far it may go" flush>
      <dl className={styles.facts}>
        <Fact name="Level">
          {levelWords[run.level].label}: {levelWords[run.level].says}
        </Fact>
        <Fact name="Fault">{drill.fault ? faultSays(drill.fault) : 'none: nothing is injected'}</Fact>
        <Fact name="Undo">
          <Undo run={run} />
        </Fact>
        <Fact name="The fault ends by itself">
          {run.faultUntil ? (
            <Time at={run.faultUntil} grain="second" />
          ) : drill.fault ? (
            `${drill.fault.expiresAfter} after it began`
          ) : (
            'there is none'
          )}
        </Fact>
        <Fact name="Touches">
          {drill.blast && (run.level === 'fault' || run.level === 'proxy') ? (
            <>
              <Name>{drill.blast.cohort}</Name>, {drill.blast.share} %, {drill.blast.minutes} min at most
            </>
          ) : tabletop ? (
            'nobody'
          ) : (
            <>
              simulated users only
              {drill.blast ? (
                <>
                  , as <Name>{drill.blast.cohort}</Name>
                </>
              ) : null}
            </>
          )}
        </Fact>
        <Fact name="Control cohort">{drill.control ? <Name>{drill.control}</Name> : 'none is named'}</Fact>
        <Fact name="Aborted by itself">
          after {drill.abort.after}
          {drill.abort.errors === null ? '' : `, or ${drill.abort.errors} failed requests`}
          {drill.abort.checks.length > 0 ? `, or one of ${drill.abort.checks.length} checks` : ''}
        </Fact>
        {tabletop ? null : (
          <>
            <Fact name="Judged in">
              {rolloutId ? <Link href={`/rollouts/${rolloutId}`}>the shadow rollout</Link> : 'no shadow yet'}
            </Fact>
            <Fact name="Carried out by">
              {rollbackId ? (
                <Link href={`/rollbacks/${rollbackId}`}>the rollback</Link>
              ) : isOver(run) ? (
                'no rollback'
              ) : (
                'no rollback yet'
              )}
            </Fact>
          </>
        )}
        <Fact name="Owner">
          <Name>{drill.owner}</Name>
        </Fact>
        {drill.runbook ? (
          <Fact name="Runbook">
            <Link href={`/runbooks/${encodeURIComponent(drill.runbook)}`}>
              <Name>{drill.runbook}</Name>
            </Link>
          </Fact>
        ) : null}
      </dl>
    </Panel>
  );
}

function Undo({ run: { undo, level } }: { run: RunView }) {
  if (!undo) return level === 'tabletop' ? 'nothing is touched' : 'not written down yet, so there is no fault';
  return (
    <>
      <bdi>{visible(undo.what)}</bdi>: {undo.state === 'done' ? 'done' : 'written down, not needed yet'}
      {undo.at ? (
        <>
          {' '}
          <Ago at={undo.at} />
        </>
      ) : null}
    </>
  );
}
