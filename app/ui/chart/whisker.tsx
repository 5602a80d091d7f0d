/** The interval of a criterion against its limit. Plain SVG: nothing here moves. */
import { type WhiskerInput, whisker } from '@/lib/chart/whisker';
import styles from './whisker.module.css';

const width = 180;
const height = 26;

export function WhiskerPicture(props: WhiskerInput & { outcome: string; label: string }) {
  const shape = whisker(props);
  if (!shape) {
    return (
      <svg className={styles.whisker} viewBox={`0 0 ${width} ${height}`} role="img" aria-label={props.label}>
        <line x1="4" x2={width - 4} y1={height / 2} y2={height / 2} className={styles.unknown} />
      </svg>
    );
  }
  const x = (share: number) => 4 + share * (width - 8);
  const mid = height / 2;
  return (
    <svg
      className={`${styles.whisker} ${styles[props.outcome] ?? ''}`}
      viewBox={`0 0 ${width} ${height}`}
      role="img"
      aria-label={props.label}
    >
      {shape.bad ? (
        <rect
          x={x(shape.bad[0])}
          width={Math.max(0, x(shape.bad[1]) - x(shape.bad[0]))}
          y="3"
          height={height - 6}
          className={styles.zone}
        />
      ) : null}
      {shape.zero === null ? null : (
        <line x1={x(shape.zero)} x2={x(shape.zero)} y1="3" y2={height - 3} className={styles.zero} />
      )}
      <line x1={x(shape.low)} x2={x(shape.high)} y1={mid} y2={mid} className={styles.bar} />
      <End at={x(shape.low)} mid={mid} cut={shape.cutLow ? -1 : 0} />
      <End at={x(shape.high)} mid={mid} cut={shape.cutHigh ? 1 : 0} />
      {shape.estimate === null ? null : <circle cx={x(shape.estimate)} cy={mid} r="3.6" className={styles.estimate} />}
      {shape.limit === null ? null : (
        <line x1={x(shape.limit)} x2={x(shape.limit)} y1="1" y2={height - 1} className={styles.limit} />
      )}
    </svg>
  );
}

/** A cap where the interval ends, an arrow where it goes on. */
function End({ at, mid, cut }: { at: number; mid: number; cut: -1 | 0 | 1 }) {
  if (cut === 0) return <line x1={at} x2={at} y1={mid - 4} y2={mid + 4} className={styles.cap} />;
  return <path d={`M${at - cut * 4} ${mid - 4}L${at} ${mid}L${at - cut * 4} ${mid + 4}`} className={styles.cap} />;
}
