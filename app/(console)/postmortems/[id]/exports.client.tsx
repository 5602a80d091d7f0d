'use client';
/** Copies to hand out. The PDF is what the browser prints of this page. */
import { Icon } from '@/app/ui/icon';
import styles from './report.module.css';

const files = [
  ['markdown', 'Markdown', 'With its data and every source'],
  ['json', 'JSON', 'With its evidence, as it was hashed'],
  ['csv', 'CSV', 'Figures and timeline'],
] as const;

export function Exports({ id, zone }: { id: string; zone: string }) {
  return (
    <ul className={styles.exports}>
      {files.map(([as, label, says]) => (
        <li key={as}>
          <a href={`/api/v1/postmortems/${id}?as=${as}&zone=${encodeURIComponent(zone)}`} download title={says}>
            <Icon name="download" /> {label}
          </a>
        </li>
      ))}
      <li>
        <button
          type="button"
          className="button small"
          onClick={() => window.print()}
          title="What is printed is the whole report"
        >
          <Icon name="download" /> Print or save as PDF
        </button>
      </li>
    </ul>
  );
}
