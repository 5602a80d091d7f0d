/** Pages in a headless Chromium, and the clock that runs inside of them. */
import { chromium, type Page } from 'playwright';
import { quantile } from './stage';

const services = new URL('../test-services.mjs', import.meta.url).href;
const watchedMs = 3_000;
/** What a page still does of its own once it stands is not the pointer's. */
const settlesMs = 1_000;
const patienceMs = 30_000;

export type Asked = {
  path: string;
  viewport: { width: number; height: number };
  /** how many charts there are in all, drawn by the page or by the server */
  charts: number;
  kind: 'live' | 'frozen';
};
type Frames = { p95Ms: number; cpuMs: number };
export type Load = {
  /** from the document's last byte, which brings the data, to the frame after the last chart stood */
  drawnMs: number;
  /** CPU of the page's main thread until then */
  cpuMs: number;
  /** p95 of the time between two frames, and CPU of the main thread for one: left alone, and under a moving pointer */
  still: Frames | null;
  pointed: Frames | null;
};
export type Visitor = { visit: (asked: Asked) => Promise<Load>; close: () => Promise<void> };

/** Each visit is by somebody whose browser holds nothing but the session. */
export async function openVisitor(address: string, signInPath: string): Promise<Visitor> {
  const { findChromium } = (await import(services)) as { findChromium: () => Promise<string> };
  // As in the journeys: nothing of the browser's own may reach for the network or the disk meanwhile.
  const args = ['--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking'];
  const browser = await chromium.launch({
    executablePath: await findChromium(),
    args: [...args, '--disable-component-update'],
  });
  const first = await browser.newContext();
  await (await first.newPage()).goto(`${address}${signInPath}`);
  const cookies = await first.cookies();
  await first.close();
  return {
    close: () => browser.close(),
    visit: async (asked) => {
      const context = await browser.newContext({ viewport: asked.viewport, locale: 'en-GB', timezoneId: 'UTC' });
      await context.addCookies(cookies);
      const page = await context.newPage();
      const cpuMs = await cpuOf(page);
      await watchDrawing(page, asked);
      await page.goto(`${address}${asked.path}`, { waitUntil: 'commit' });
      const drawnMs = await drawn(page);
      const load = { drawnMs, cpuMs: await cpuMs() };
      const live = asked.kind === 'live';
      if (live) await page.waitForTimeout(settlesMs);
      const still = live ? await framesOf(page, cpuMs, () => page.waitForTimeout(watchedMs)) : null;
      const pointed = live ? await framesOf(page, cpuMs, await pointer(page)) : null;
      await context.close();
      return { ...load, still, pointed };
    },
  };
}

/** What the main thread has computed so far: unlike a clock, it does not count what else the machine does. */
async function cpuOf(page: Page): Promise<() => Promise<number>> {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  return async () => {
    const { metrics } = await session.send('Performance.getMetrics');
    return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0) * 1000;
  };
}

/** tsx wraps functions in a name that only Node knows. */
async function watchDrawing(page: Page, { charts, kind }: Asked): Promise<void> {
  await page.addInitScript(`globalThis.__name = (named) => named; (${clock})(${JSON.stringify({ charts, kind })});`);
}

type Seen = { drawnAt: number };

/** Runs in the page. Wherever a chart is in view, it counts once its lines stand in it at the width that it has. */
function clock({ charts, kind }: Pick<Asked, 'charts' | 'kind'>): void {
  const seen: Seen = { drawnAt: 0 };
  Object.assign(window, { belayBench: seen });
  const inView = (node: Element) => {
    const { top, bottom } = node.getBoundingClientRect();
    return bottom > 0 && top < window.innerHeight;
  };
  const stands = (plot: Element) => {
    const svg = plot.querySelector(kind === 'live' ? 'svg.recharts-surface' : 'svg');
    if (!svg?.querySelector(kind === 'live' ? 'path.recharts-line-curve' : 'path')) return false;
    return kind === 'frozen' || Math.abs(svg.getBoundingClientRect().width - plot.clientWidth) <= 1;
  };
  const look = () => {
    const all = [...document.querySelectorAll(kind === 'live' ? '[data-plot]' : 'figure[data-chart]')];
    const some = all.filter(inView);
    const done = all.length === charts && some.length > 0 && some.every(stands);
    // The frame that this one is in is what shows them: it counts whole.
    if (done) requestAnimationFrame((at) => Object.assign(seen, { drawnAt: at }));
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}

/** Asked again and again from here: a function that waits in there is one that the page's policy refuses. */
async function drawn(page: Page): Promise<number> {
  for (const until = Date.now() + patienceMs; Date.now() < until; ) {
    const drawnMs = await page.evaluate(() => {
      const { drawnAt } = (window as unknown as { belayBench: Seen }).belayBench;
      const [document_] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
      return drawnAt && document_ ? drawnAt - document_.responseEnd : null;
    });
    if (drawnMs !== null) return drawnMs;
    await page.waitForTimeout(250);
  }
  throw new Error(`the charts of ${page.url()} were not drawn`);
}

async function framesOf(page: Page, cpuMs: () => Promise<number>, meanwhile: () => Promise<void>): Promise<Frames> {
  await page.evaluate(() => {
    const frames: number[] = [];
    let last = performance.now();
    const next = (at: number) => {
      frames.push(at - last);
      last = at;
      // The list is this stretch's: with the next one this count ends.
      if ((window as unknown as { belayFrames: number[] }).belayFrames === frames) requestAnimationFrame(next);
    };
    Object.assign(window, { belayFrames: frames });
    requestAnimationFrame(next);
  });
  const before = await cpuMs();
  await meanwhile();
  const used = (await cpuMs()) - before;
  const frames = await page.evaluate(() => (window as unknown as { belayFrames: number[] }).belayFrames);
  return { p95Ms: quantile(frames.slice(1), 0.95), cpuMs: used / frames.length };
}

/** Over one chart in view after the other. */
async function pointer(page: Page): Promise<() => Promise<void>> {
  // Wherever the page stands by now.
  await page.locator('#charts').evaluate((charts) => charts.scrollIntoView());
  const plots = await page.locator('[data-plot]').all();
  const boxes = (await Promise.all(plots.map((plot) => plot.boundingBox()))).flatMap((box) =>
    box && box.y >= 0 && box.y + box.height <= (page.viewportSize()?.height ?? 0) ? [box] : [],
  );
  if (boxes.length === 0) throw new Error('no chart is in view');
  const steps = 60;
  return async () => {
    for (let i = 0, until = Date.now() + watchedMs; Date.now() < until; i++) {
      const box = boxes[Math.floor(i / steps) % boxes.length] as (typeof boxes)[number];
      await page.mouse.move(box.x + (box.width * (i % steps)) / steps, box.y + box.height / 2);
    }
  };
}
