import type { Metadata } from 'next';
import { notFound } from 'next/navigation';
import { attempt } from '@/app/ui/attempt';
import { SourcesProvider } from '@/app/ui/cite.client';
import { Panel, StateNote } from '@/app/ui/panel';
import { cardsOf } from '@/app/ui/postmortem-sources';
import { BelayError } from '@/lib/errors';
import type { Facts } from '@/lib/postmortem/facts';
import type { PostmortemView, SectionName } from '@/lib/postmortem/model';
import { getEvidence, getPostmortem } from '@/lib/postmortem/postmortem';
import { type ReadSection, reportOf } from '@/lib/postmortem/report';
import { pageContext } from '@/lib/wiring';
import { Candidates, NearChanges } from './causes';
import { Head, SealAlarm } from './head';
import { ImpactTable } from './impact';
import { Milestones } from './milestones';
import styles from './report.module.css';
import { Section, Words } from './section';
import { Side } from './side';
import { SourcesList } from './sources-list';
import { Timeline } from './timeline';

type Props = { params: Promise<{ id: string }> };

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const found = await attempt(getPostmortem(await pageContext(), (await params).id));
  return { title: found.ok ? found.value.title : 'Post-mortem' };
}

export default async function ReportPage({ params }: Props) {
  const ctx = await pageContext();
  const view = await find(ctx, (await params).id);
  if (view.versions.length === 0) return <Undrafted view={view} />;
  const facts = await factsOf(ctx, view);
  const report = reportOf(view, facts);
  const cards = cardsOf(report);
  const section = (name: SectionName): ReadSection => {
    const found = report.sections.find((s) => s.name === name);
    if (!found) throw new Error(`no section ${name}`);
    return found;
  };
  return (
    <SourcesProvider cards={cards}>
      <article className={styles.page}>
        <div className={styles.whole}>
          <Head view={view} />
          <SealAlarm seal={view.seal} />
        </div>
        <div className={styles.main}>
          <Panel title="Summary" id="summary">
            <Words section={section('summary')} />
          </Panel>
          <Milestones milestones={report.milestones} figures={report.figures} />
          <Section section={section('impact')}>
            <ImpactTable figures={report.figures} />
          </Section>
          <Section section={section('timeline')}>
            <Timeline entries={[...report.timeline, ...report.untold]} />
          </Section>
          <Section section={section('causes')}>
            <Candidates candidates={report.candidates} />
            <NearChanges changes={report.changes} />
          </Section>
          {told.map((name) => (
            <Section key={name} section={section(name)} />
          ))}
          <Section section={section('evidence')}>
            <SourcesList cards={cards} />
          </Section>
        </div>
        <Side view={view} />
      </article>
    </SourcesProvider>
  );
}

/** What it was drafted from; where that cannot be read the report still can. */
async function factsOf(ctx: Awaited<ReturnType<typeof pageContext>>, view: PostmortemView): Promise<Facts | null> {
  const read = await attempt(getEvidence(ctx, view.id, view.document.draft.evidence.number));
  if (!read.ok) return null;
  try {
    return JSON.parse(read.value.facts) as Facts;
  } catch {
    // Somebody changed it behind Belay's back: the seal says so.
    return null;
  }
}

function Undrafted({ view }: { view: PostmortemView }) {
  return (
    <div className="stack">
      <Head view={view} />
      <Panel flush>
        <StateNote state="loading">
          It is being drafted from what was recorded; that takes less than a minute.
        </StateNote>
      </Panel>
    </div>
  );
}

const told = ['trigger', 'resolution', 'well', 'wrong', 'lucky', 'factors', 'lessons'] as const;

async function find(ctx: Awaited<ReturnType<typeof pageContext>>, id: string): Promise<PostmortemView> {
  try {
    return await getPostmortem(ctx, id);
  } catch (error) {
    if (error instanceof BelayError && error.code === 'not_found') notFound();
    throw error;
  }
}
