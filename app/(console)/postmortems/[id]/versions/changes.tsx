/** Line by line what one version has and another has not. */

import { Panel, StateNote } from '@/app/ui/page/panel';
import { Time } from '@/app/ui/text/clock.client';
import { Name, visible } from '@/app/ui/text/name';
import { formatNumber } from '@/lib/chart/format';
import type { FigureChange, Line, VersionComparison } from '@/lib/postmortem/compare';
import { sectionTitles } from '@/lib/postmortem/hand-out/report';
import type { Curation } from '@/lib/postmortem/model';
import styles from './versions.module.css';

export function Changes({ comparison }: { comparison: VersionComparison }) {
  const { from, to, title, sections, curations, links, figures, actions } = comparison;
  const parts = [sections, curations, links.added, links.removed, figures, actions];
  const nothing = title === null && parts.every((part) => part.length === 0);
  return (
    <Panel title={`From version ${from.number} to ${to.number}`} id="changes">
      {nothing ? (
        <StateNote state="none">The words are the same; only the state or who looked at it changed.</StateNote>
      ) : null}
      <div className="stack">
        {title ? (
          <Part heading="Title">
            <Lines
              lines={[
                { kind: 'removed', text: title.from },
                { kind: 'added', text: title.to },
              ]}
            />
          </Part>
        ) : null}
        {sections.map((section) => (
          <Part key={section.name} heading={sectionTitles[section.name]}>
            <Lines lines={section.lines} />
          </Part>
        ))}
        {curations.length > 0 ? (
          <Part heading="Timeline, curated">
            <ul className={styles.plain}>
              {curations.map((c) => (
                <li key={c.id}>
                  {curated(c)} by <Name>{c.by}</Name> <Time at={c.madeAt} />
                  {c.reason ? `: ${visible(c.reason)}` : ''}
                </li>
              ))}
            </ul>
          </Part>
        ) : null}
        {links.added.length + links.removed.length > 0 ? (
          <Part heading="Links">
            <Lines
              lines={[
                ...links.removed.map(({ title: text, url }): Line => ({ kind: 'removed', text: `${text} (${url})` })),
                ...links.added.map(({ title: text, url }): Line => ({ kind: 'added', text: `${text} (${url})` })),
              ]}
            />
          </Part>
        ) : null}
        {figures.length > 0 ? (
          <Part heading="Figures, computed again from newer facts">
            <ul className={styles.plain}>
              {figures.map((f) => (
                <li key={f.id}>
                  <bdi>{visible(f.label)}</bdi> <code>{visible(f.id)}</code>: {figureText(f)}
                </li>
              ))}
            </ul>
          </Part>
        ) : null}
        {actions.length > 0 ? (
          <Part heading="Actions meanwhile">
            <ul className={styles.plain}>
              {actions.map((a) => (
                <li key={a.seq}>
                  <Time at={a.at} /> <Name>{a.by}</Name>: <bdi>{visible(a.what)}</bdi>
                </li>
              ))}
            </ul>
          </Part>
        ) : null}
      </div>
    </Panel>
  );
}

const value = (n: number | null): string => (n === null ? 'not known' : formatNumber(n, 5));
const figureText = ({ from, to }: FigureChange): string => `${value(from)} → ${value(to)}`;

const did: Record<Curation['kind'], string> = {
  hide: 'Hidden',
  show: 'Shown again',
  correct: 'Corrected',
  add: 'Added',
};
const curated = (c: Curation): string =>
  `${did[c.kind]}${'text' in c && c.text ? ` “${visible(c.text)}”` : 'entry' in c ? ` ${visible(c.entry)}` : ''}`;

function Part({ heading, children }: { heading: string; children: React.ReactNode }) {
  return (
    <section>
      <h3>{heading}</h3>
      {children}
    </section>
  );
}

const signs: Record<Line['kind'], { sign: string; says: string }> = {
  same: { sign: ' ', says: '' },
  added: { sign: '+', says: 'added: ' },
  removed: { sign: '−', says: 'removed: ' },
};

function Lines({ lines }: { lines: Line[] }) {
  return (
    <ul className={styles.lines}>
      {lines.map((line, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines of a comparison have no other order
        <li key={i} data-change={line.kind}>
          <span aria-hidden="true">{signs[line.kind].sign}</span>
          <span>
            <span className="visually-hidden">{signs[line.kind].says}</span>
            <bdi>{visible(line.text)}</bdi>
          </span>
        </li>
      ))}
    </ul>
  );
}
