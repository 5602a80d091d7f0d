/**
 * A control plane as somebody else would run it: a real HTTP server that keeps to `lib/plane/CONTRACT.md`, checks
 * signatures, and writes every effect into a ledger of its own, which only grows. It can be told to misbehave.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { stateDigest } from '@/lib/plane/compare';
import type { PlaneState } from '@/lib/plane/model';
import { Secret } from '@/lib/webhook/secret';
import { verify } from '@/lib/webhook/signature';

/** Something that really changed. `key: null`: a person did it, or it happened by itself. */
export type Effect = Readonly<{
  seq: number;
  by: 'belay' | 'person' | 'itself';
  feature: string;
  environment: string;
  key: string | null;
  fence: number;
  state: PlaneState;
  regions: readonly string[];
}>;

export type Trick =
  | { kind: 'says_yes_and_does_nothing' }
  /** carries it out, and takes it back by itself once it was read so many times */
  | { kind: 'flaps'; reads: number }
  | { kind: 'slow'; ms: number }
  | { kind: 'hangs'; applies: boolean }
  | { kind: 'resets'; applies: boolean }
  /** carried out in the first half of its regions only */
  | { kind: 'applies_in_half' }
  /** whoever asks hears of the first half of its regions only */
  | { kind: 'answers_for_half' }
  /** a person changes it as soon as it is carried out */
  | { kind: 'person_changes_it'; to: PlaneState }
  | { kind: 'forgets_keys' }
  | { kind: 'fails'; status: number; applies: boolean }
  | { kind: 'busy'; retryAfterS: number }
  | { kind: 'speaks_nonsense'; body: string }
  | { kind: 'redirects'; to: string };

type Served = { state: PlaneState; fence: number; key: string | null };
type Data = { feature: string; environment: string; desired: PlaneState; fence: number; key: string };

export type FakePlane = {
  url: string;
  secret: Secret;
  ledger: () => readonly Effect[];
  /** What is really served, the same in all regions; null: not the same, or nothing. */
  serves: (feature: string, environment: string) => PlaneState | null;
  /** From now on; null: behave. */
  play: (trick: Trick | null, on?: 'write' | 'read' | 'both') => void;
  /** A person changes something, past Belay. */
  change: (feature: string, environment: string, state: PlaneState) => void;
  /** Requests so far, refused ones too. */
  seen: () => { reads: number; writes: number; unsigned: number };
  close: () => Promise<void>;
};

const pair = (feature: string, environment: string) => `${feature}\u0000${environment}`;

export async function startFakePlane(
  options: { secret?: Secret; regions?: string[]; port?: number; now?: () => Date } = {},
): Promise<FakePlane> {
  const secret = options.secret ?? Secret.make();
  const now = options.now ?? (() => new Date());
  const regions = options.regions ?? [''];
  const half = regions.slice(0, Math.ceil(regions.length / 2));
  const ledger: Effect[] = [];
  /** region → feature and environment → what it serves */
  const served = new Map(regions.map((region) => [region, new Map<string, Served>()]));
  const answered = new Map<string, { digest: string; body: unknown }>();
  const counts = { reads: 0, writes: 0, unsigned: 0 };
  let trick: { kind: Trick; on: 'write' | 'read' | 'both' } | null = null;
  let flapping: { left: number; back: () => void } | null = null;

  const playing = <K extends Trick['kind']>(kind: K, on: 'write' | 'read'): Extract<Trick, { kind: K }> | null =>
    trick?.kind.kind === kind && (trick.on === on || trick.on === 'both')
      ? (trick.kind as Extract<Trick, { kind: K }>)
      : null;

  function effect(of: Omit<Effect, 'seq'>): void {
    ledger.push(Object.freeze({ ...structuredClone(of), seq: ledger.length + 1 }));
    for (const region of of.regions)
      served.get(region)?.set(pair(of.feature, of.environment), { state: of.state, fence: of.fence, key: of.key });
  }

  function change(feature: string, environment: string, state: PlaneState): void {
    // What is no order keeps the fence and has no key.
    effect({ by: 'person', feature, environment, key: null, fence: fenceOf(feature, environment), state, regions });
  }

  function fenceOf(feature: string, environment: string): number {
    return Math.max(0, ...[...served.values()].map((region) => region.get(pair(feature, environment))?.fence ?? 0));
  }

  function carryOut({ feature, environment, desired, fence, key }: Data): void {
    const before = served.get(regions[0] ?? '')?.get(pair(feature, environment));
    const where = playing('applies_in_half', 'write') ? half : regions;
    effect({ by: 'belay', feature, environment, key, fence, state: desired, regions: where });
    const flaps = playing('flaps', 'write');
    if (flaps && before) {
      const back = () => effect({ by: 'itself', feature, environment, key: null, fence, state: before.state, regions });
      flapping = { left: flaps.reads, back };
    }
    const person = playing('person_changes_it', 'write');
    if (person) change(feature, environment, person.to);
  }

  async function write(request: IncomingMessage, response: ServerResponse, body: string): Promise<void> {
    const { data } = JSON.parse(body) as { data: Data };
    const headers = [request.headers['idempotency-key'], request.headers['belay-fence']];
    if (headers[0] !== data.key || headers[1] !== String(data.fence)) return answer(response, 400, {});
    const digest = stateDigest(data.desired);
    const known = playing('forgets_keys', 'write') ? undefined : answered.get(data.key);
    if (known) return known.digest === digest ? answer(response, 200, known.body) : answer(response, 422, {});
    const fence = fenceOf(data.feature, data.environment);
    if (data.fence < fence) return answer(response, 409, { fence });
    const busy = playing('busy', 'write');
    if (busy) return answer(response, 429, {}, { 'retry-after': String(busy.retryAfterS) });
    const redirect = playing('redirects', 'write');
    if (redirect) return answer(response, 307, {}, { location: redirect.to });
    if (playing('says_yes_and_does_nothing', 'write')) return answer(response, 200, {});
    const slow = playing('slow', 'write');
    if (slow) await new Promise((resolve) => setTimeout(resolve, slow.ms));
    const broken = playing('hangs', 'write') ?? playing('resets', 'write') ?? playing('fails', 'write');
    if (!broken || broken.applies) {
      carryOut(data);
      answered.set(data.key, { digest, body: { fence: data.fence, key: data.key } });
    }
    if (broken?.kind === 'hangs') return;
    if (broken?.kind === 'resets') return void request.socket.resetAndDestroy();
    if (broken?.kind === 'fails') return answer(response, broken.status, {});
    answer(response, 200, { fence: data.fence, key: data.key });
  }

  async function read(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { searchParams } = new URL(request.url ?? '/', 'http://fake');
    const at = pair(searchParams.get('feature') ?? '', searchParams.get('environment') ?? '');
    const busy = playing('busy', 'read');
    if (busy) return answer(response, 429, {}, { 'retry-after': String(busy.retryAfterS) });
    const slow = playing('slow', 'read');
    if (slow) await new Promise((resolve) => setTimeout(resolve, slow.ms));
    if (playing('hangs', 'read')) return;
    if (playing('resets', 'read')) return void request.socket.resetAndDestroy();
    const nonsense = playing('speaks_nonsense', 'read');
    if (nonsense) return void response.end(nonsense.body);
    const failing = playing('fails', 'read');
    if (failing) return answer(response, failing.status, {});
    if (flapping && flapping.left-- <= 0) {
      flapping.back();
      flapping = null;
    }
    const told = playing('answers_for_half', 'read') ? half : regions;
    const parts = told.flatMap((name) => {
      const found = served.get(name)?.get(at);
      return found ? [{ name, ...found }] : [];
    });
    const [only] = parts;
    if (!only) return answer(response, 404, {});
    const { name, ...rest } = only;
    answer(response, 200, regions.length === 1 ? rest : { regions: parts });
  }

  const server = createServer(async (request, response) => {
    request.on('error', () => {});
    let body = '';
    for await (const part of request) body += part;
    if (!verify({ headers: request.headers, body, secrets: [secret], now: now() }).ok) {
      counts.unsigned++;
      return answer(response, 401, {});
    }
    if (request.method === 'PUT') {
      counts.writes++;
      return write(request, response, body);
    }
    counts.reads++;
    return read(request, response);
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/plane`,
    secret,
    ledger: () => ledger,
    serves: (feature, environment) => {
      const all = [...served.values()].map((region) => region.get(pair(feature, environment))?.state ?? null);
      const [first] = all;
      if (!first) return null;
      return all.every((state) => state && stateDigest(state) === stateDigest(first)) ? first : null;
    },
    play: (kind, on = 'write') => {
      trick = kind && { kind, on };
      if (!kind) flapping = null;
    },
    change,
    seen: () => ({ ...counts }),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answer(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}
