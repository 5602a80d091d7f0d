/** How to read a report, how to finish it, and how far to trust its numbers. */
import Link from 'next/link';
import { Panel } from '@/app/ui/page/panel';
import styles from './guide.module.css';

export function Postmortems() {
  return (
    <Panel title="Post-mortems" id="postmortems">
      <ul className={styles.list}>
        <li>
          <strong>It writes itself.</strong> Within a minute of a rollback, of a cohort taken back, or of a failed drill
          a draft stands in <Link href="/postmortems">post-mortems</Link>. For anything else{' '}
          <Link href="/postmortems/new">name the feature and the time</Link>. Until late data has come it is drafted
          again; what people wrote stays.
        </li>
        <li>
          <strong>Each claim has a source.</strong> Click any sentence, number or entry: beside it stands the event, the
          formula with what went into it, or the piece of evidence. What nothing shows is called not known, with why.
        </li>
        <li>
          <strong>The impact</strong> is what the candidate met beyond what the baseline met in the same minutes and
          cohorts. Its interval covers the truth nineteen times in twenty. An interval across zero may be chance.
        </li>
        <li>
          <strong>Candidates for the cause</strong> are ranked by how much of the excess they carry. It is a ranking,
          not a finding: people find causes.
        </li>
        <li>
          <strong>To finish it</strong> edit a section: untick sentences that do not hold, write beside them in
          Markdown. Curate the timeline: hide, correct, add, each with your name and reason. Add what is to be done, by
          whom and until when; what is overdue stands on the overview.
        </li>
        <li>
          <strong>Review and publish.</strong> Whoever is asked approves one version; a change needs approval again.
          Publishing seals the words with their evidence. Later changes are amendments under a reason, and every version
          is kept to <em>compare</em>.
        </li>
        <li>
          <strong>A broken seal</strong> stands in red above the report and in every copy that is handed out: somebody
          changed the record behind Belay’s back, and it says what is not as it was.
        </li>
        <li>
          <strong>Hand it out</strong> as Markdown, JSON with the evidence, CSV, or print it: what is printed is the
          report. Who sees it is set by role.
        </li>
        <li>
          <strong>Send it</strong> to people who may see it. Each gets one mail with the version that you read, as
          Markdown with its data; beside the report stands what became of it, and who has no confirmed mailbox and so
          gets none. Whose role is too low by the time the mail goes gets nothing, and where the mail server finds the
          mail too large it goes once more with a link in place of the report.
        </li>
      </ul>
    </Panel>
  );
}
