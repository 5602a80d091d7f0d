/**
 * Streams get dense ids, once for good, whichever process saw them first. Ids are committed before any block
 * that mentions them; a crash in between leaves a stream without points, which harms nobody.
 */
import type { Sql } from 'postgres';
import type { StreamIdentity } from '../model';

/** What the streams of one metric of one scope and resource share; `resource` and `scope` are JSON text. */
export type StreamFamily = Omit<
  StreamIdentity,
  'attributes' | 'resource' | 'scopeName' | 'scopeVersion' | 'scopeAttributes'
> & {
  resource: string;
  scope: string;
  /** SHA-256 over all of it in canonical form */
  digest: string;
};

/** `hash`: 16 bytes in hex, over the family's digest and the canonical attributes. `attributes` is JSON text. */
export type NewStream = { family: StreamFamily; hash: string; attributes: string };

const atOnce = 2000;
/** Names the advisory lock of whoever makes streams. */
const makerLock = 0x42454c53;

/** The ids of these streams, in their order; those that nobody has seen yet are made. */
export async function resolveStreams(sql: Sql, streams: NewStream[]): Promise<Int32Array> {
  const ids = new Map<string, number>();
  for (let from = 0; from < streams.length; from += atOnce) {
    const some = new Map(streams.slice(from, from + atOnce).map((s) => [s.hash, s]));
    for (let attempt = 0; some.size > 0; attempt++) {
      if (attempt > 10) throw new Error('streams can be neither made nor found');
      await find(sql, some, ids);
      if (some.size > 0) await make(sql, some, ids);
    }
  }
  return Int32Array.from(streams, (s) => ids.get(s.hash) as number);
}

function settle(rows: Array<{ id: number; hash: string }>, open: Map<string, NewStream>, ids: Map<string, number>) {
  for (const { id, hash } of rows) {
    ids.set(hash, id);
    open.delete(hash);
  }
}

async function find(sql: Sql, open: Map<string, NewStream>, ids: Map<string, number>): Promise<void> {
  const hashes = Buffer.from([...open.keys()].join(''), 'hex');
  const rows = await sql<Array<{ id: number; hash: string }>>`
    select id, encode(hash, 'hex') as hash from stream
    where hash in (select substring(${hashes}::bytea from 16 * n + 1 for 16) from generate_series(0, ${open.size - 1}::int) n)`;
  settle([...rows], open, ids);
}

/**
 * A row that somebody else commits meanwhile is not returned; the next round finds it. One maker at a time: two that
 * insert the same streams in different orders wait for each other until PostgreSQL aborts one, a second each time.
 */
async function make(sql: Sql, open: Map<string, NewStream>, ids: Map<string, number>): Promise<void> {
  const families = new Map<StreamFamily, number>();
  const text: string[] = [];
  for (const { family, hash, attributes } of open.values()) {
    let at = families.get(family);
    if (at === undefined) {
      at = families.size;
      families.set(family, at);
    }
    text.push(`["${hash}",${at},${attributes}]`);
  }
  const f = [...families.keys()].map(
    (x) =>
      `{"environment":${JSON.stringify(x.environment)},"metric":${JSON.stringify(x.metric)},"kind":"${x.kind}","unit":${JSON.stringify(x.unit)},"temporality":"${x.temporality}","monotonic":${x.monotonic},"resource":${x.resource},"scope":${x.scope}}`,
  );
  const rows = await sql.begin(async (tx) => {
    await tx`select pg_advisory_xact_lock(${makerLock})`;
    return tx<Array<{ id: number; hash: string }>>`
    with family as (
      select f.* from jsonb_array_elements(${`[${f.join()}]`}::text::jsonb) with ordinality as e(value, no),
        jsonb_to_record(e.value) as r(environment text, metric text, kind text, unit text, temporality text,
          monotonic boolean, resource jsonb, scope jsonb),
        lateral (select e.no, r.*) f
    )
    insert into stream (hash, environment, metric, kind, unit, temporality, monotonic, attributes, resource, scope)
    select decode(s.value ->> 0, 'hex'), f.environment, f.metric, f.kind, f.unit, f.temporality, f.monotonic,
      s.value -> 2, f.resource, f.scope
    from jsonb_array_elements(${`[${text.join()}]`}::text::jsonb) with ordinality as s(value, no)
    join family f on f.no = (s.value ->> 1)::int + 1
    order by s.no
    on conflict (hash) do nothing
    returning id, encode(hash, 'hex') as hash`;
  });
  settle([...rows], open, ids);
}
