/** How often the judge is wrong, and how fast it is right: what `npm run simulate -- --out …` measured. */
import { Scroll } from '@/app/ui/page/scroll';
import { type Curve, curves, type Mark, marksOf, type Row, type Steps, size } from '@/lib/chart/curve';
import figures from './curves/figures.json';
import styles from './guide.module.css';

const rows = figures.rows as Array<Row & { curve: Steps }>;

const sentences: Record<string, string> = {
  'false-rollbacks':
    'Two equal versions, looked at 240 times: the share of rollouts that were rolled back by mistake so far. It must stay below the bound however often one looks, whatever the noise.',
  power:
    'A candidate that is worse: the share of rollouts in which that was found, by the looks since the harm began. Each look is a bin of 500 requests in each version.',
};

export function Proof() {
  return (
    <div className="stack">
      <p>
        Every row is many simulated rollouts, judged by the code that judges yours, at a false rollback rate of 1 %. The
        published methods are given what no service knows of itself: its true variance, and no noise between bins.
        Repeat it with <code>npm run simulate</code>.
      </p>
      {curves.map((curve) => (
        <Picture key={curve.id} curve={curve} />
      ))}
      <Scroll label="Simulated rollouts, scrolls sideways">
        <table>
          <thead>
            <tr>
              <th scope="col">Case</th>
              <th scope="col" className="number">
                Rollouts
              </th>
              <th scope="col">Must</th>
              <th scope="col">Is</th>
              <th scope="col">Published method</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.name}>
                <th scope="row" className={styles.case}>
                  {row.name}
                </th>
                <td className="number">{row.rollouts.toLocaleString('en')}</td>
                <td>{row.need}</td>
                <td>
                  {row.got}
                  {row.good ? null : <strong className={styles.missed}> missed</strong>}
                </td>
                <td>{row.published || '–'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </div>
  );
}

function Picture({ curve }: { curve: Curve }) {
  return (
    <figure className={styles.curve}>
      <figcaption>
        <strong>{curve.title}.</strong> {sentences[curve.id]}
      </figcaption>
      <Scroll label={`${curve.title}, scrolls sideways`}>
        <svg
          className={styles.drawing}
          viewBox={`0 0 ${size.width} ${size.height}`}
          role="img"
          aria-label={`${curve.title}, by look`}
        >
          {marksOf(curve, rows).map((mark) => (
            <Drawn key={mark.kind === 'path' ? mark.d : `${mark.x} ${mark.y}`} mark={mark} />
          ))}
        </svg>
      </Scroll>
    </figure>
  );
}

function Drawn({ mark }: { mark: Mark }) {
  if (mark.kind === 'text')
    return (
      <text x={mark.x} y={mark.y} textAnchor={mark.anchor} fill={mark.fill}>
        {mark.body}
      </text>
    );
  const { d, stroke, width, dash } = mark;
  return <path d={d} fill="none" stroke={stroke} strokeWidth={width} strokeDasharray={dash} />;
}
