/** Drafted sentences, each part of which shows where it is from. */
import { Fragment } from 'react';
import { Cite } from '@/app/ui/text/cite.client';
import { visible } from '@/app/ui/text/name';
import type { Sentence, Span } from '@/lib/postmortem/model';
import { sourceKey } from '@/lib/postmortem/source-model';
import styles from './report.module.css';

export function SentenceWords({ sentence }: { sentence: Sentence }) {
  return (
    <bdi data-sentence={sentence.id}>
      {sentence.spans.map((span, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the spans of a sentence have no other order
        <SpanWords key={i} span={span} />
      ))}
    </bdi>
  );
}

function SpanWords({ span }: { span: Span }) {
  const text = visible(span.text);
  if (span.sources.length === 0) return text;
  return (
    <Cite keys={span.sources.map(sourceKey)} said={text.trim()}>
      {text}
    </Cite>
  );
}

export function Paragraph({ sentences, className }: { sentences: Sentence[]; className?: string | undefined }) {
  if (sentences.length === 0) return null;
  return (
    <p className={className ?? styles.prose}>
      {sentences.map((sentence, i) => (
        <Fragment key={sentence.id}>
          {i > 0 ? ' ' : ''}
          <SentenceWords sentence={sentence} />
        </Fragment>
      ))}
    </p>
  );
}

export function Points({ sentences }: { sentences: Sentence[] }) {
  if (sentences.length === 0) return null;
  return (
    <ul className={styles.points}>
      {sentences.map((sentence) => (
        <li key={sentence.id}>
          <SentenceWords sentence={sentence} />
        </li>
      ))}
    </ul>
  );
}
