/** What was asked of the outside, for whoever compares it with the log of the other side. */

import { Scroll } from '@/app/ui/page/scroll';
import { Time } from '@/app/ui/text/clock.client';
import { Name, visible } from '@/app/ui/text/name';
import { formatTook } from '@/lib/chart/format';
import type { RollbackCallView } from '@/lib/rollback/model';
import styles from './rollback.module.css';

export function RollbackCalls({ calls }: { calls: RollbackCallView[] }) {
  if (calls.length === 0) return <p className={`${styles.calls} quiet`}>Nothing outside of Belay was called.</p>;
  return (
    <details className={styles.calls}>
      <summary>
        {calls.length} {calls.length === 1 ? 'call' : 'calls'}
      </summary>
      <Scroll label="Calls, scrolls sideways">
        <table>
          <thead>
            <tr>
              <th scope="col">Step</th>
              <th scope="col">When</th>
              <th scope="col">Took</th>
              <th scope="col">What came of it</th>
              <th scope="col">Idempotency key</th>
              <th scope="col">Fence</th>
            </tr>
          </thead>
          <tbody>
            {calls.map((call) => (
              <tr key={call.id}>
                <th scope="row">
                  <Name>{call.step}</Name>
                  {call.attempt > 1 ? <span className="quiet"> try {call.attempt}</span> : null}
                </th>
                <td>
                  <Time at={call.requestedAt} grain="second" />
                </td>
                <td className="number">
                  {call.answeredAt ? formatTook(Date.parse(call.answeredAt) - Date.parse(call.requestedAt)) : '–'}
                </td>
                <td>
                  {call.outcome ?? 'not known'}
                  {call.detail ? <span className="quiet"> · {visible(call.detail)}</span> : null}
                </td>
                <td>
                  <code>{visible(call.key)}</code>
                </td>
                <td className="number">{call.fence}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </details>
  );
}
