/** Filters that are links and one plain form: their state is the URL, and they work without scripts. */
import Link from 'next/link';
import styles from './filters.module.css';
import { withQuery } from './query';

export function Filters(props: {
  path: string;
  query: Record<string, string>;
  name: string;
  options: Array<{ value: string; label: string }>;
  search?: { name: string; label: string };
}) {
  const { path, query, name } = props;
  const reset = { before: null };
  return (
    <div className={styles.filters}>
      <nav aria-label={`Filter by ${name}`} className={styles.chips}>
        <Link href={withQuery(path, query, { [name]: null, ...reset })} aria-current={query[name] ? undefined : 'true'}>
          All
        </Link>
        {props.options.map((o) => (
          <Link
            key={o.value}
            href={withQuery(path, query, { [name]: o.value, ...reset })}
            aria-current={query[name] === o.value ? 'true' : undefined}
            prefetch={false}
          >
            {o.label}
          </Link>
        ))}
      </nav>
      {props.search ? (
        <search>
          <form action={path} className={styles.search}>
            {Object.entries(query)
              .filter(([key]) => key !== props.search?.name && key !== 'before')
              .map(([key, value]) => (
                <input key={key} type="hidden" name={key} value={value} />
              ))}
            <input
              name={props.search.name}
              defaultValue={query[props.search.name] ?? ''}
              key={query[props.search.name] ?? ''}
              placeholder={props.search.label}
              aria-label={props.search.label}
            />
            <button type="submit" className="button">
              Filter
            </button>
          </form>
        </search>
      ) : null}
    </div>
  );
}
