/**
 * How soon a person sees the charts of a rollout, and how smoothly the crosshair follows: the built console on data that
 * was sent, folded and judged, in a Chromium that has never been there before. Twelve charts, in each of them baseline,
 * candidate, limit and interval over 720 bins.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@/jobs/postgres';
import { build, isBuilt, nextCommand } from '@/jobs/supervisor/build';
import { startChild } from '@/jobs/supervisor/child';
import { openLogFile } from '@/jobs/supervisor/log-file';
import { createSignInLink } from '@/lib/access/access';
import { type Asked, type Load, openVisitor, type Visitor } from './browser';
import type { Figure } from './figure';
import { bins, charts, makeScene, type Scene } from './page-scene';
import { median, openStage, type Stage } from './stage';

const runs = 5;
const desk = { width: 1440, height: 900 };
/** Tall enough for all twelve, so that all of them are asked for at once. */
const tall = { width: 1440, height: 3_200 };

type Seen = { inView: Load[]; all: Load[]; report: Load[] };

export async function benchPage(): Promise<Figure[]> {
  if (!isBuilt(process.cwd())) await build(process.cwd());
  const stage = await openStage({ worker: true });
  const open: Array<() => Promise<void>> = [stage.close];
  try {
    const scene = await makeScene(stage);
    const served = await startConsole(stage);
    open.unshift(served.stop);
    const { token } = await createSignInLink(stage.database.db, new Date(), 'bench', 'admin');
    const visitor = await openVisitor(served.address, `/sign-in/${token}`);
    open.unshift(visitor.close);
    return figures(await seenBy(visitor, scene));
  } finally {
    for (const close of open) await close();
  }
}

async function seenBy({ visit }: Visitor, scene: Scene): Promise<Seen> {
  const verdict = { path: `/rollouts/${scene.rolloutId}#charts`, charts, kind: 'live' } satisfies Partial<Asked>;
  const report = { path: `/postmortems/${scene.postmortemId}#charts`, charts, kind: 'frozen' } satisfies Partial<Asked>;
  const seen: Seen = { inView: [], all: [], report: [] };
  for (let run = 0; run <= runs; run++) {
    const inView = await visit({ ...verdict, viewport: desk });
    const all = await visit({ ...verdict, viewport: tall });
    const frozen = await visit({ ...report, viewport: tall });
    // The first is for the server, which compiles what it has not run yet.
    if (run === 0) continue;
    seen.inView.push(inView);
    seen.all.push(all);
    seen.report.push(frozen);
  }
  return seen;
}

function figures(seen: Seen): Figure[] {
  const ms = (name: string, loads: Load[], of: (load: Load) => number | undefined, target = ''): Figure => ({
    name: `${name}, median of ${runs}`,
    value: median(loads.map((load) => of(load) ?? Number.NaN)),
    unit: 'ms',
    target,
  });
  const { inView, all, report } = seen;
  return [
    { name: 'charts on the verdict page', value: charts, unit: `of ${bins} bins`, target: '' },
    ms('data arrived → charts in view drawn', inView, (l) => l.drawnMs, '≤ 1,000'),
    ms('  CPU of the page until then', inView, (l) => l.cpuMs),
    ms('data arrived → all charts drawn', all, (l) => l.drawnMs, '≤ 1,500'),
    ms('  CPU of the page until then', all, (l) => l.cpuMs),
    ms('pointer over the charts: p95 of a frame', inView, (l) => l.pointed?.p95Ms, '≤ 20'),
    ms('  the same page left alone', inView, (l) => l.still?.p95Ms),
    ms('  CPU of the page for a frame under the pointer', inView, (l) => l.pointed?.cpuMs),
    ms('pointer, all charts in view: p95 of a frame', all, (l) => l.pointed?.p95Ms, '≤ 20'),
    ms('  CPU of the page for a frame under the pointer', all, (l) => l.pointed?.cpuMs),
    ms('report: data arrived → all frozen charts drawn', report, (l) => l.drawnMs),
    ms('  CPU of the page until then', report, (l) => l.cpuMs),
  ];
}

type Console = { address: string; stop: () => Promise<void> };

async function startConsole(stage: Stage): Promise<Console> {
  const dir = mkdtempSync(join(tmpdir(), 'belay-bench-console-'));
  const port = await freePort();
  const address = `http://127.0.0.1:${port}`;
  const child = startChild({
    name: 'console',
    args: [nextCommand(), 'start', '-p', String(port), '-H', '127.0.0.1'],
    env: {
      ...process.env,
      NODE_ENV: 'production',
      NEXT_TELEMETRY_DISABLED: '1',
      DATABASE_URL: stage.databaseUrl,
      DATA_DIR: dir,
      PORT: String(port),
      OTLP_PORT: String(stage.port),
    },
    log: openLogFile(join(dir, 'console.log'), console.error),
    health: `${address}/healthz`,
    say: console.error,
  });
  await child.ready;
  const stop = async () => {
    await child.stop();
    rmSync(dir, { recursive: true, force: true });
  };
  return { address, stop };
}
