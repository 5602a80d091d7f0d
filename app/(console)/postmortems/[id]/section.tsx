/** One section: what a person wrote, then what was drafted and stands; what was struck out is kept, put away. */
import type { ReactNode } from 'react';
import { Panel } from '@/app/ui/page/panel';
import { visible } from '@/app/ui/text/name';
import { Written } from '@/app/ui/text/written';
import { textOf } from '@/lib/postmortem/draft/sentence';
import { paragraphsOf } from '@/lib/postmortem/hand-out/paragraphs';
import type { ReadSection } from '@/lib/postmortem/hand-out/report';
import styles from './report.module.css';
import { Paragraph, Points } from './sentences';

/** Told as one; elsewhere each sentence stands for itself. */
const told = new Set<ReadSection['name']>(['summary', 'timeline', 'causes', 'trigger', 'resolution']);

export function Section({
  section,
  tools,
  talk,
  children,
}: {
  section: ReadSection;
  tools?: ReactNode;
  talk?: ReactNode;
  children?: ReactNode;
}) {
  const { name, title } = section;
  return (
    <Panel title={title} id={name} actions={tools}>
      <div className="stack" data-section={name}>
        {section.name === 'impact' ? (
          <>
            {children}
            <InWords section={section} />
          </>
        ) : (
          <>
            <Words section={section} />
            {children}
          </>
        )}
        {talk}
      </div>
    </Panel>
  );
}

/** The table says it first; in sentences it is for whoever quotes it. */
function InWords({ section }: { section: ReadSection }) {
  if (section.text.trim() !== '') return <Words section={section} />;
  return (
    <details className="no-print">
      <summary>The same in words</summary>
      <div className="stack">
        <Words section={section} />
      </div>
    </details>
  );
}

export function Words({ section }: { section: ReadSection }) {
  const { name, sentences, struck, text } = section;
  return (
    <>
      {text.trim() === '' ? null : (
        <div className={styles.own} data-own={name}>
          <Written text={text} />
        </div>
      )}
      {name === 'summary' ? (
        paragraphsOf(sentences).map((some) => <Paragraph key={some[0]?.id} sentences={some} className={styles.lead} />)
      ) : told.has(name) ? (
        <Paragraph sentences={sentences} />
      ) : (
        <Points sentences={sentences} />
      )}
      {sentences.length === 0 && text.trim() === '' && !withTables.has(name) ? (
        <p className="quiet">Nothing is written here.</p>
      ) : null}
      {struck.length > 0 ? (
        <details className="small no-print">
          <summary className="quiet">
            {struck.length} drafted {struck.length === 1 ? 'sentence is' : 'sentences are'} struck out
          </summary>
          <ul className={styles.struck}>
            {struck.map((sentence) => (
              <li key={sentence.id}>
                <s>
                  <bdi>{visible(textOf(sentence))}</bdi>
                </s>
              </li>
            ))}
          </ul>
        </details>
      ) : null}
    </>
  );
}

const withTables = new Set<ReadSection['name']>(['impact', 'timeline', 'causes', 'evidence']);
