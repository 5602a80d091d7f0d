/** How to write a drill, how to read a run of one, and what a service has to do to take part in a real one. */
import Link from 'next/link';
import { Panel } from '@/app/ui/page/panel';
import { CopyBlock } from '@/app/ui/text/copy.client';
import { drillExample, middlewareExample, requireDrillExample } from './examples';
import styles from './guide.module.css';

export function Drills() {
  return (
    <Panel title="Drills" id="drills">
      <div className="stack">
        <p>
          A rollback that nobody has rehearsed is a hope. A <Link href="/drills">drill</Link> runs the real one, with
          the code that judges, decides, rolls back and proves for real, where nobody is hurt, and times it.
        </p>
        <ul className={styles.list}>
          <li>
            <strong>Read a run from the top:</strong> the sentence says what is so and what ends it, the track where it
            stands, the clocks how long each part took against its objective. A clock that never ran is pending, not
            fast.
          </li>
          <li>
            <strong>When a person is asked</strong> the page shows what the judge knows, when the deadline is and what
            happens then. Your answer is kept with what you saw. Some may be kept from answering this time, so that
            somebody else learns it.
          </li>
          <li>
            <strong>Abort</strong> stays at the lower edge: press and hold, or press and say why. What the drill did is
            undone first. The fault ends by itself too, at the time that the page names, whatever becomes of Belay.
          </li>
          <li>
            <strong>Proven</strong> means all of it: the rollback is verified, what is served is what was recorded,
            every check holds, the control cohort was not touched. <strong>Failed</strong> means that one of these is
            not so, however quick it was.
          </li>
          <li>
            <strong>Aborted</strong> and <strong>interrupted</strong> say nothing about the rollback. Real trouble of
            the same feature interrupts a drill at once.
          </li>
          <li>
            <strong>Not shown</strong> stands beside what was shown. Simulated users tell nothing of real caches and
            networks; a tabletop tells nothing of machines.
          </li>
        </ul>
        <p>
          Begin with <em>synthetic</em>, decided by the plan; then let a person decide; then go among real users of a
          small cohort. A drill is JSON or YAML, in the form or over REST:
        </p>
        <CopyBlock label="A drill" text={drillExample} />
        <p>
          The level <em>fault</em> needs a middleware in your service. It asks for the fault after the version, applies
          it to its share of the cohort, marks its telemetry, and ends by its own clock:
        </p>
        <CopyBlock label="A service that takes part in a drill" text={middlewareExample} />
        <p>
          The level <em>proxy</em> needs an HAProxy before your service instead: a stick-table of it fails requests of
          one version and cohort, and forgets that by itself a few seconds after Belay last said so. Name it under{' '}
          <Link href="/settings#drill-proxies">Settings</Link>; the source of Belay has the lines of its configuration
          (e2e/examples/haproxy-drill.cfg) and what each promises (lib/drill/CONTRACT.md).
        </p>
        <p>A stage may wait until a drill of the feature was proven lately enough:</p>
        <CopyBlock label="A stage that requires a drill" text={requireDrillExample} />
      </div>
    </Panel>
  );
}
