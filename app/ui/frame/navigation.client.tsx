'use client';
import Link from 'next/link';
import { usePathname, useRouter, useSearchParams } from 'next/navigation';
import { useEffect, useRef } from 'react';
import styles from './header.module.css';

/** What belongs together stands together. */
const groups = [
  [['/', 'Overview']],
  [
    ['/rollouts', 'Rollouts'],
    ['/rollbacks', 'Rollbacks'],
    ['/features', 'Features'],
  ],
  [
    ['/drills', 'Drills'],
    ['/postmortems', 'Post-mortems'],
    ['/status', 'Status'],
    ['/migrations', 'Migrations'],
    ['/runbooks', 'Runbooks'],
    ['/library', 'Library'],
  ],
  [
    ['/history', 'History'],
    ['/settings', 'Settings'],
    ['/guide', 'Guide'],
  ],
] as const;

/** The environment goes along from page to page. */
export function Navigation() {
  const path = usePathname();
  const environment = useSearchParams().get('env');
  const query = environment ? `?env=${encodeURIComponent(environment)}` : '';
  const current = useRef<HTMLAnchorElement>(null);
  // On a phone the row scrolls: where one is must be in view.
  // biome-ignore lint/correctness/useExhaustiveDependencies: each path has its own link
  useEffect(() => {
    // A promise in newer browsers, and no clean-up.
    void current.current?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [path]);
  return (
    <nav className={styles.nav} aria-label="Pages">
      {groups.map((pages) => (
        <span key={pages[0][0]} className={styles.group}>
          {pages.map(([href, label]) => {
            const here = href === '/' ? path === '/' : path === href || path.startsWith(`${href}/`);
            return (
              <Link
                key={href}
                ref={here ? current : undefined}
                href={`${href}${query}`}
                aria-current={here ? 'page' : undefined}
                prefetch={false}
              >
                {label}
              </Link>
            );
          })}
        </span>
      ))}
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
