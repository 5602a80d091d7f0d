import type { Metadata } from 'next';
import Link from 'next/link';
import { found } from '@/app/(console)/found';
import { attempt } from '@/app/ui/page/attempt';
import { Panel, StateNote } from '@/app/ui/page/panel';
import { first, type SearchParams } from '@/app/ui/page/query';
import { Retry } from '@/app/ui/page/retry.client';
import { postmortemStateWords } from '@/app/ui/postmortem/words';
import { Time } from '@/app/ui/text/clock.client';
import { Name, visible } from '@/app/ui/text/name';
import { compareVersions } from '@/lib/postmortem/compare';
import type { PostmortemView } from '@/lib/postmortem/model';
import { getPostmortem } from '@/lib/postmortem/postmortem';
import { pageContext } from '@/lib/wiring';
import { Changes } from './changes';
import styles from './versions.module.css';

type Props = { params: Promise<{ id: string }>; searchParams: Promise<SearchParams> };

export const metadata: Metadata = { title: 'Versions of a post-mortem' };

export default async function VersionsPage({ params, searchParams }: Props) {
  const ctx = await pageContext();
  const view = await found(getPostmortem(ctx, (await params).id));
  const numbers = view.versions.map((v) => v.number);
  const query = first(await searchParams);
  const newest = numbers.at(-1) ?? 1;
  const to = chosen(query.to, numbers) ?? newest;
  const from = chosen(query.from, numbers) ?? Math.max(1, to - 1);
  const order = { from: Math.min(from, to), to: Math.max(from, to) };
  const compared = await attempt(compareVersions(ctx, view.id, order));
  return (
    <div className="stack">
      <div>
        <p className="small quiet">
          <Link href="/postmortems">Post-mortems</Link> /{' '}
          <Link href={`/postmortems/${view.id}`}>
            <bdi>{visible(view.title)}</bdi>
          </Link>
        </p>
        <h1>What changed between versions</h1>
      </div>
      <form className="row bottom" action={`/postmortems/${view.id}/versions`}>
        <Choice name="from" label="From version" numbers={numbers} value={order.from} />
        <Choice name="to" label="to version" numbers={numbers} value={order.to} />
        <button type="submit" className="button">
          Compare
        </button>
      </form>
      {compared.ok ? (
        <Changes comparison={compared.value} />
      ) : (
        <Panel flush>
          <StateNote state="error" action={<Retry />}>
            {compared.message}
          </StateNote>
        </Panel>
      )}
      <Panel
        title="All versions"
        id="versions"
        note="each hash covers the words, the evidence and the version before"
        flush
      >
        <Versions view={view} />
      </Panel>
    </div>
  );
}

const chosen = (text: string | undefined, numbers: number[]): number | undefined =>
  numbers.find((n) => String(n) === text);

function Choice(props: { name: string; label: string; numbers: number[]; value: number }) {
  return (
    <label className={styles.choice}>
      {props.label}
      <select name={props.name} defaultValue={props.value} key={props.value}>
        {props.numbers.map((n) => (
          <option key={n}>{n}</option>
        ))}
      </select>
    </label>
  );
}

function Versions({ view }: { view: PostmortemView }) {
  return (
    <table className="cards" aria-label="All versions">
      <thead>
        <tr>
          <th scope="col">Version</th>
          <th scope="col">What was done</th>
          <th scope="col">State</th>
          <th scope="col">By</th>
          <th scope="col">When</th>
          <th scope="col">Evidence</th>
          <th scope="col">Hash</th>
        </tr>
      </thead>
      <tbody>
        {[...view.versions].reverse().map((v) => (
          <tr key={v.number}>
            <th scope="row">
              {v.number > 1 ? (
                <Link href={`?from=${v.number - 1}&to=${v.number}`} prefetch={false}>
                  {v.number}
                </Link>
              ) : (
                v.number
              )}
            </th>
            <td>
              <bdi>{visible(v.note)}</bdi>
            </td>
            <td data-label="State">{postmortemStateWords[v.state].label}</td>
            <td data-label="By">
              <Name>{v.by}</Name>
            </td>
            <td data-label="When">
              <Time at={v.at} />
            </td>
            <td data-label="Evidence">{v.evidence}</td>
            <td data-label="Hash">
              <code title={v.hash}>{v.hash.slice(0, 16)}</code>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
