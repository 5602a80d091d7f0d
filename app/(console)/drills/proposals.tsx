import Link from 'next/link';
import { cronSays } from '@/app/ui/drill/cron';
import { PlanProposal } from '@/app/ui/drill/proposal.client';
import { Panel } from '@/app/ui/page/panel';
import { Name, visible } from '@/app/ui/text/name';
import type { Proposal } from '@/lib/drill/learn/propose';

/** Drills for features that have none; nothing is planned before somebody says so. */
export function Proposals({ proposals, may }: { proposals: Proposal[]; may: boolean }) {
  if (proposals.length === 0) return null;
  return (
    <Panel title="Belay proposes" id="proposals" note="features that are rolled out and never rehearsed" flush>
      <table className="cards">
        <thead>
          <tr>
            <th scope="col">Drill</th>
            <th scope="col">Why</th>
            <th scope="col">When</th>
            <th scope="col">Objectives</th>
            <th scope="col">Plan it</th>
          </tr>
        </thead>
        <tbody>
          {proposals.map((p) => (
            <tr key={`${p.environment} ${p.feature}`}>
              <th scope="row">
                <Name>{p.drill.name}</Name>
              </th>
              <td>{visible(p.why)}</td>
              <td data-label="When">
                {p.drill.schedule
                  ? `${cronSays(p.drill.schedule.cron) ?? p.drill.schedule.cron}, ${p.drill.schedule.timeZone}`
                  : 'when started'}
              </td>
              <td data-label="Objectives">
                {p.rollbacks === 0
                  ? 'what is usual'
                  : `from ${p.rollbacks} past ${p.rollbacks === 1 ? 'rollback' : 'rollbacks'}, else what is usual`}
              </td>
              <td>
                {may ? (
                  <span className="row">
                    <PlanProposal drill={p.drill} />
                    <Link
                      className="small"
                      href={`/drills/new?proposal=${encodeURIComponent(p.feature)}`}
                      prefetch={false}
                    >
                      Change it first
                    </Link>
                  </span>
                ) : (
                  <span className="quiet">needs the role operator</span>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}
