/** Everything that is cited, in full: what a click shows, for print and for whoever has no scripts. */

import type { Card } from '@/app/ui/postmortem/sources';
import { CardRows } from '@/app/ui/text/cite.client';
import { Time } from '@/app/ui/text/clock.client';
import { sourceAnchor } from '@/lib/postmortem/source-model';
import styles from './report.module.css';

export function SourcesList({ cards }: { cards: Card[] }) {
  if (cards.length === 0) return null;
  return (
    <details className="no-print">
      <summary>All {cards.length} sources that are cited</summary>
      <ol className={styles.sources}>
        {cards.map((card) => (
          <li key={card.key} id={sourceAnchor(card.key)}>
            <strong>
              <bdi>{card.title}</bdi>
            </strong>{' '}
            <span className="quiet">
              {card.kind}
              {card.at ? (
                <>
                  {', '}
                  <Time at={card.at} />
                </>
              ) : null}
            </span>
            <CardRows card={card} />
          </li>
        ))}
      </ol>
    </details>
  );
}
