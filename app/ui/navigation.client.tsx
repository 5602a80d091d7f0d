'use client';
import Link from 'next/link';
import { usePathname, useRouter, useSearchParams } from 'next/navigation';
import styles from './header.module.css';

const pages = [
  ['/', 'Overview'],
  ['/rollouts', 'Rollouts'],
  ['/features', 'Features'],
  ['/history', 'History'],
  ['/settings', 'Settings'],
  ['/guide', 'Guide'],
] as const;

/** The environment goes along from page to page. */
export function Navigation() {
  const path = usePathname();
  const environment = useSearchParams().get('env');
  const query = environment ? `?env=${encodeURIComponent(environment)}` : '';
  return (
    <nav className={styles.nav} aria-label="Pages">
      {pages.map(([href, label]) => {
        const here = href === '/' ? path === '/' : path === href || path.startsWith(`${href}/`);
        return (
          <Link key={href} href={`${href}${query}`} aria-current={here ? 'page' : undefined} prefetch={false}>
            {label}
          </Link>
        );
      })}
    </nav>
  );
}

export function EnvironmentFilter({ environments }: { environments: string[] }) {
  const router = useRouter();
  const path = usePathname();
  const search = useSearchParams();
  const chosen = search.get('env') ?? '';
  const all = chosen && !environments.includes(chosen) ? [...environments, chosen] : environments;
  return (
    <div className={styles.environment}>
      <select
        aria-label="Environment"
        value={chosen}
        onChange={(e) => {
          const next = new URLSearchParams(search);
          if (e.target.value) next.set('env', e.target.value);
          else next.delete('env');
          router.push(`${path}${next.size > 0 ? `?${next}` : ''}`);
        }}
      >
        <option value="">All environments</option>
        {all.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
    </div>
  );
}
