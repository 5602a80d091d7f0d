/** Beside the report: where to go in it, what it is sealed by, who has read it, and copies to hand out. */
import Link from 'next/link';
import { Badge } from '@/app/ui/page/badge';
import { Panel } from '@/app/ui/page/panel';
import { reviewWords, sealWords } from '@/app/ui/postmortem/words';
import { Ago } from '@/app/ui/text/clock.client';
import { Name, visible } from '@/app/ui/text/name';
import { roleWords } from '@/app/ui/text/words';
import { sectionTitles } from '@/lib/postmortem/hand-out/report';
import type { PostmortemView } from '@/lib/postmortem/model';
import { sectionNames } from '@/lib/postmortem/model';
import { Audience } from './audience.client';
import { Exports } from './exports.client';
import { Links } from './links.client';
import styles from './report.module.css';
import { type Sendable, SendIt } from './send-it.client';
import { StartFromTemplate } from './start-from.client';

type Props = {
  view: PostmortemView;
  zone: string;
  published: boolean;
  may: { edit: boolean; audience: boolean };
  /** what it can be started from; none where it may not be edited any more */
  templates: Array<{ id: string; name: string }>;
  sendable: Sendable;
};

export function Side({ view, zone, published, may, templates, sendable }: Props) {
  const { seal, versions, document } = view;
  const newest = versions.at(-1);
  return (
    <aside className={styles.side} aria-label="About this report">
      <div className={styles.contentsBox}>
        <nav aria-label="Contents" className={styles.contents}>
          {sectionNames.map((name) => (
            <a key={name} href={`#${name}`}>
              {sectionTitles[name]}
            </a>
          ))}
        </nav>
      </div>
      <Panel title="Seal" id="seal">
        <div className="stack tight">
          <p>
            <Badge tone={sealWords[seal.state].tone} icon={sealWords[seal.state].icon}>
              {sealWords[seal.state].label}
            </Badge>
          </p>
          <p>
            <bdi>{visible(seal.detail)}</bdi>
          </p>
          <p className="quiet">
            Evidence {document.draft.evidence.number} <code>{document.draft.evidence.hash.slice(0, 16)}</code>
            {newest ? (
              <>
                <br />
                Version {newest.number} <code>{newest.hash.slice(0, 16)}</code>
              </>
            ) : null}
          </p>
        </div>
      </Panel>
      {view.reviews.length > 0 ? (
        <Panel title="Reviewers" id="reviews">
          <ul className={styles.list}>
            {view.reviews.map((r) => (
              <li key={r.person}>
                <span>
                  <Name>{r.person}</Name>{' '}
                  <Badge tone={r.stale ? 'plain' : reviewWords[r.state].tone}>
                    {r.stale ? 'Counts no more' : reviewWords[r.state].label}
                  </Badge>
                </span>
                {r.note ? <bdi className="quiet">{visible(r.note)}</bdi> : null}
                {r.stale ? (
                  <span className="quiet">
                    Changed since version {r.version}: <bdi>{visible(r.changed.join('; '))}</bdi>
                  </span>
                ) : null}
              </li>
            ))}
          </ul>
        </Panel>
      ) : null}
      <Panel title="Versions" id="versions">
        <ul className={styles.list}>
          {versions
            .slice(-4)
            .reverse()
            .map((v) => (
              <li key={v.number}>
                <span>
                  <strong>{v.number}</strong> <bdi>{visible(v.note)}</bdi>
                </span>
                <span className="quiet">
                  <Name>{v.by}</Name> <Ago at={v.at} />
                </span>
              </li>
            ))}
        </ul>
        {versions.length > 1 ? (
          <p>
            <Link href={`/postmortems/${view.id}/versions`}>What changed between versions</Link>
          </p>
        ) : null}
      </Panel>
      <Panel title="Hand it out" id="exports">
        <div className="stack tight">
          <Exports id={view.id} zone={zone} />
          <SendIt of={sendable} />
        </div>
      </Panel>
      {may.edit || document.links.length > 0 ? (
        <Panel title="Links" id="links">
          <Links id={view.id} revision={view.revision} published={published} may={may.edit} links={document.links} />
        </Panel>
      ) : null}
      {templates.length > 0 ? (
        <Panel title="Start from a template" id="start-from">
          <StartFromTemplate id={view.id} revision={view.revision} templates={templates} />
        </Panel>
      ) : null}
      {view.related.length > 0 ? (
        <Panel title="Related earlier ones" id="related">
          <ul className={styles.list}>
            {view.related.map((r) => (
              <li key={r.id}>
                <Link href={`/postmortems/${r.id}`} prefetch={false}>
                  <bdi>{visible(r.title)}</bdi>
                </Link>
                <span className="quiet">
                  <bdi>{visible(r.why)}</bdi>, <Ago at={r.at} />
                </span>
              </li>
            ))}
          </ul>
        </Panel>
      ) : null}
      <Panel title="Who sees it" id="audience">
        <div className="stack tight">
          <p>
            Whoever has the role <strong>{view.audience}</strong> or more ({roleWords[view.audience]}).
          </p>
          {may.audience ? <Audience id={view.id} revision={view.revision} audience={view.audience} /> : null}
        </div>
      </Panel>
    </aside>
  );
}
