import Link from 'next/link';
import styles from '@/app/ui/feature/configuration.module.css';
import { short } from '@/app/ui/text/name';

/** The environments that a section can be of; the whole page follows. */
export function Places(props: { feature: string; environments: string[]; environment: string; section: string }) {
  if (props.environments.length < 2) return null;
  return (
    <nav className={styles.places} aria-label={`Environment of the ${props.section}`}>
      {props.environments.map((name) => (
        <Link
          key={name}
          href={`/features/${encodeURIComponent(props.feature)}?env=${encodeURIComponent(name)}#${props.section}`}
          prefetch={false}
          aria-current={name === props.environment ? 'true' : undefined}
        >
          {short(name)}
        </Link>
      ))}
    </nav>
  );
}
