import type { Metadata } from 'next';
import { found } from '@/app/(console)/found';
import { FrozenCharts } from '@/app/ui/chart/frozen-chart';
import { readPreferences } from '@/app/ui/frame/preferences';
import { attempt } from '@/app/ui/page/attempt';
import { Panel, StateNote } from '@/app/ui/page/panel';
import { first, type SearchParams } from '@/app/ui/page/query';
import { cardsOf } from '@/app/ui/postmortem/sources';
import { StatusLink } from '@/app/ui/status/link';
import { SourcesProvider } from '@/app/ui/text/cite.client';
import type { CuratedEntry } from '@/lib/postmortem/curated';
import { textOf } from '@/lib/postmortem/draft/sentence';
import type { Facts } from '@/lib/postmortem/facts';
import { type ReadSection, reportOf } from '@/lib/postmortem/hand-out/report';
import type { PostmortemView, SectionName, Sentence } from '@/lib/postmortem/model';
import { getEvidence, getPostmortem } from '@/lib/postmortem/postmortem';
import { pageContext } from '@/lib/wiring';
import { Actions } from './actions.client';
import { Candidates, NearChanges } from './causes';
import { AddEntry, CurateEntry } from './curate.client';
import { AsItWas } from './evidence';
import { Glance } from './glance';
import { Head, SealAlarm } from './head';
import { ImpactTable } from './impact';
import { Milestones } from './milestones';
import '../print.css';
import { PrintAppendix, PrintHead } from './print';
import styles from './report.module.css';
import { ReviewBar } from './review-bar.client';
import { Section, Words } from './section';
import { type EditableSection, SectionTools } from './section-tools.client';
import { Side } from './side';
import { SourcesList } from './sources-list';
import { Timeline } from './timeline';
import { followedBy, sendableOf, templatesFor, wayOf } from './way';

type Props = { params: Promise<{ id: string }>; searchParams: Promise<SearchParams> };

export async function generateMetadata({ params }: Pick<Props, 'params'>): Promise<Metadata> {
  const found = await attempt(getPostmortem(await pageContext(), (await params).id));
  return { title: found.ok ? found.value.title : 'Post-mortem' };
}

export default async function ReportPage({ params, searchParams }: Props) {
  const ctx = await pageContext();
  const view = await found(getPostmortem(ctx, (await params).id));
  if (view.versions.length === 0) return <Undrafted view={view} />;
  const facts = await factsOf(ctx, view);
  const report = reportOf(view, facts);
  const cards = cardsOf(report);
  const section = (name: SectionName): ReadSection => {
    const found = report.sections.find((s) => s.name === name);
    if (!found) throw new Error(`no section ${name}`);
    return found;
  };
  const way = await wayOf(ctx, view);
  const { published, may } = way;
  const { zone } = await readPreferences();
  const { days, tracked } = await followedBy(ctx, view);
  const templates = await templatesFor(ctx, may, published);
  const sendable = await sendableOf(ctx, view, published);
  const tools = (name: SectionName) => (
    <SectionTools
      id={view.id}
      revision={view.revision}
      published={published}
      may={may}
      section={editable(section(name))}
      comments={view.comments.filter((c) => c.section === name)}
    />
  );
  const curating = { id: view.id, revision: view.revision, published, zone };
  const curate = (entry: CuratedEntry) => <CurateEntry of={curating} entry={lean(entry)} />;
  return (
    <SourcesProvider cards={cards}>
      <article className={styles.page} data-report>
        <PrintHead report={report} />
        <div className={styles.whole}>
          <Head view={view} />
          <SealAlarm seal={view.seal} />
          <ReviewBar way={way.bar} />
          <div className="no-print">
            {view.subject.kind === 'drill_run' && view.subject.id !== null ? (
              <StatusLink ctx={ctx} subject="drill" id={view.subject.id} />
            ) : (
              <StatusLink ctx={ctx} subject="postmortem" id={view.id} />
            )}
          </div>
        </div>
        <div className={styles.main}>
          <Glance report={report} />
          <Panel title="Summary" id="summary">
            <div className="stack" data-section="summary">
              <Words section={section('summary')} />
              {tools('summary')}
            </div>
          </Panel>
          <Milestones milestones={report.milestones} figures={report.figures} />
          <Section section={section('impact')} talk={tools('impact')}>
            <ImpactTable figures={report.figures} />
          </Section>
          {facts && facts.measured.length > 0 ? (
            <Panel title="As it was measured" id="measured" note="frozen with the evidence: later data changes nothing">
              <FrozenCharts
                facts={facts}
                milestones={report.milestones}
                zone={zone}
                cohort={first(await searchParams).cohort ?? null}
                path={`/postmortems/${view.id}`}
              />
            </Panel>
          ) : null}
          <Section
            section={section('timeline')}
            tools={may.edit ? <AddEntry of={curating} at={view.from} /> : null}
            talk={tools('timeline')}
          >
            <Timeline entries={[...report.timeline, ...report.untold]} {...(may.edit ? { tools: curate } : {})} />
          </Section>
          <Section section={section('causes')} talk={tools('causes')}>
            <Candidates candidates={report.candidates} />
            <NearChanges changes={report.changes} />
          </Section>
          {told.map((name) => (
            <Section key={name} section={section(name)} talk={tools(name)} />
          ))}
          <Panel
            title="Actions"
            id="actions"
            note={`due until the end of their day in ${days.timeZone}; owners are reminded by these days`}
            flush
          >
            <Actions id={view.id} actions={view.actions} may={may.comment} today={days.today} tracked={tracked} />
          </Panel>
          <Section section={section('evidence')} talk={tools('evidence')}>
            <AsItWas report={report} />
            <SourcesList cards={cards} />
            <PrintAppendix report={report} zone={zone} />
          </Section>
        </div>
        <Side {...{ view, zone, published, may, templates, sendable }} />
      </article>
    </SourcesProvider>
  );
}

/** What a browser needs of a section to edit it. */
function editable({ name, title, text, sentences, struck }: ReadSection): EditableSection {
  const of = (all: Sentence[], out: boolean) => all.map((s) => ({ id: s.id, text: textOf(s), struck: out }));
  return { name, title, text, sentences: [...of(sentences, false), ...of(struck, true)] };
}
const lean = ({ id, at, text, hidden, minor }: CuratedEntry) => ({ id, at, text, hidden, minor });

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
