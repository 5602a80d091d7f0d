/** How to roll back, how to read one, and what to set up before it is needed. */
import Link from 'next/link';
import { Panel } from '@/app/ui/page/panel';
import { CopyBlock } from '@/app/ui/text/copy.client';
import { migrationExample } from './examples';
import styles from './guide.module.css';

export function RollingBack() {
  return (
    <Panel title="Rolling back" id="rollback">
      <div className="stack">
        <ul className={styles.list}>
          <li>
            <strong>To roll back</strong> press and hold the red button of a rollout, or press <kbd>r</kbd> and then{' '}
            <kbd>Enter</kbd>: on its page, or in a list while its row has the focus. A short press shows line by line
            what would change.
          </li>
          <li>
            <strong>Verified</strong> means all of it: what is served reads back as ordered, telemetry shows nobody on
            the candidate, every integrity check holds, and the criteria are back in the range of the snapshot.
          </li>
          <li>
            <strong>Not confirmed</strong> means that one of these is not so, or that nobody knows. It stands on top of
            the overview and goes to the <Link href="/settings#notices">addresses set for it</Link>. The page of the
            rollback says what was seen and what to do.
          </li>
          <li>
            <strong>Try again</strong> once it is mended: what failed runs again, what is done stays done.{' '}
            <strong>Take over</strong> when you answer for it: Belay goes on trying, nobody is called any more, and it
            stays not confirmed.
          </li>
          <li>
            <strong>Steps for people</strong> are ticked off beside the rollback. Only those that must be done hold it
            up. Put them, calls and checks of your own in the <Link href="/runbooks">runbook</Link> of the feature, or
            start from one of the <Link href="/library">library</Link>.
          </li>
          <li>
            <strong>Silence proves nothing.</strong> Where no telemetry arrives after a rollback it is not confirmed;
            look for yourself, and take it over.
          </li>
          <li>
            <strong>Configuration</strong> is set with the feature, values for each version. Your service asks for the
            object flag <code>new-checkout.config</code> and gets the values of the version that this user has; a
            rollback brings the old ones back.
          </li>
          <li>
            <strong>Too many at once:</strong> after some automatic rollbacks within an hour in one environment Belay
            holds and asks, for then it may be something else that is broken. People may always roll back.
          </li>
        </ul>
        <p>
          Steps that change data belong in the plan, with the way back and a check of what must hold after it. All that
          are open, and what blocks what, are on the page of <Link href="/migrations">migrations</Link>.
        </p>
        <CopyBlock label="Migrations and checks of a plan" text={migrationExample} />
      </div>
    </Panel>
  );
}
