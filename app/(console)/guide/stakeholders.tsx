/** How people who run nothing are told how things stand. */
import Link from 'next/link';
import { Panel } from '@/app/ui/page/panel';
import styles from './guide.module.css';

export function Stakeholders() {
  return (
    <Panel title="Telling stakeholders" id="stakeholders">
      <ul className={styles.list}>
        <li>
          <strong>A page for each</strong> A rollout has its <Link href="/status">status page</Link> from its start on,
          a rollback once its report opens, an incident from when somebody marks it. What happens there is drafted by
          itself as an update: started, widened, on hold, taken back, return proven or not confirmed, finished, report
          published; marked, still going on (shortly before the promised time), over.
        </li>
        <li>
          <strong>A rehearsal that failed</strong> touched nobody, so it has no page by itself. One press on its run
          opens one for the organisation; it cannot be made public. If people outside were touched after all, mark an
          incident.
        </li>
        <li>
          <strong>Nothing goes out by itself</strong> A person reads a draft, changes it and sends it, once. A draft
          that nobody has touched gives way to what happens next. What was sent is never changed: a correction is a new
          update.
        </li>
        <li>
          <strong>Two sets of words</strong> One for the organisation, sent as a notice to the{' '}
          <Link href="/settings#notices">addresses</Link> that want updates. One for the public page, which names no
          feature, cohort, metric or person unless you write it there; empty, the update stays inside.
        </li>
        <li>
          <strong>A public link</strong> shows what was sent for the public to whoever has it, without signing in. It is
          shown once, when it is made, and can be revoked at any time: from then on it finds nothing.
        </li>
        <li>
          <strong>When there will be news</strong> is promised with an update. A promise that was not kept is shown as
          late, inside and outside.
        </li>
      </ul>
    </Panel>
  );
}
