/**
 * Live changes as server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html).
 *
 * One LISTEN connection a process wakes every open stream; each stream then reads the history after the last
 * sequence that it sent, as its own caller, so nobody sees more than `history` shows them. Sequences have no gaps
 * and commit in order, so nothing is skipped: not by a NOTIFY that was lost, not over a reconnect (Last-Event-ID).
 * Messages with an id are events; `tick` has none, since a missed one is made good by the next.
 * The caller is looked up again at each heartbeat: a revoked key or an ended session ends its stream.
 */
import type { Context } from '@/lib/context';
import { history } from '@/lib/event/event';
import type { EventView } from '@/lib/event/model';
import { type Listening, listen } from '@/lib/listen';

type Wake = { changed: () => void; ticked: (payload: string) => void; ended: () => void };
/** `close` ends every stream: a server that closes waits for its last response. */
export type Hub = { add: (wake: Wake) => () => void; close: () => Promise<void> };

export function openHub(url: string): Hub {
  const open = new Set<Wake>();
  const changed = () => {
    for (const wake of open) wake.changed();
  };
  const listening: Listening = listen({
    url,
    name: 'stream',
    channels: ['belay_change', 'belay_tick'],
    onConnected: changed,
    onNotify: (channel, payload) => {
      if (channel === 'belay_change') changed();
      else for (const wake of open) wake.ticked(payload);
    },
  });
  return {
    add: (wake) => {
      open.add(wake);
      return () => open.delete(wake);
    },
    close: () => {
      for (const wake of open) wake.ended();
      return listening.close();
    },
  };
}

export type StreamOptions = {
  hub: Hub;
  ctx: Context;
  /** the last sequence that the caller has; null: begin with what comes next */
  after: number | null;
  signal: AbortSignal;
  /** throws when the caller may no longer listen */
  recheck: () => Promise<void>;
  heartbeatMs?: number;
  /** events read at once */
  page?: number;
};

export function streamEvents(options: StreamOptions): ReadableStream<Uint8Array<ArrayBuffer>> {
  const { heartbeatMs = 15_000, page = 200 } = options;
  const encoder = new TextEncoder();
  let stop = () => {};
  return new ReadableStream({
    async start(controller) {
      let last = options.after;
      let reading = false;
      let again = false;
      let over = false;
      const send = (text: string) => {
        if (!over) controller.enqueue(encoder.encode(text));
      };
      const end = () => {
        if (over) return;
        over = true;
        leave();
        clearInterval(timer);
        options.signal.removeEventListener('abort', end);
        controller.close();
      };
      const read = async () => {
        again = true;
        if (reading) return;
        reading = true;
        try {
          while (again && !over) {
            again = false;
            last ??= await newest(options.ctx);
            const events = await history(options.ctx, { after: last, limit: page });
            for (const event of events) send(message(event));
            last = events.at(-1)?.seq ?? last;
            // A full page may have more behind it.
            again ||= events.length === page;
          }
        } catch {
          end(); // the browser comes back with the last id that it saw
        } finally {
          reading = false;
        }
      };
      const timer = setInterval(() => {
        send(': still here\n\n');
        options.recheck().then(read, end);
      }, heartbeatMs);
      const leave = options.hub.add({
        changed: () => void read(),
        ticked: (payload) => send(`event: tick\ndata: ${payload}\n\n`),
        ended: end,
      });
      stop = end;
      options.signal.addEventListener('abort', end);
      if (options.signal.aborted) return end();
      last ??= await newest(options.ctx).catch(() => null);
      send(`retry: 1000\nevent: hello\n${last === null ? '' : `id: ${last}\n`}data: {}\n\n`);
      await read();
    },
    cancel: () => stop(),
  });
}

async function newest(ctx: Context): Promise<number> {
  const [event] = await history(ctx, { limit: 1 });
  return event?.seq ?? 0;
}

/** JSON has no raw newline, so one data line holds it. */
function message(event: EventView): string {
  return `id: ${event.seq}\nevent: event\ndata: ${JSON.stringify(event)}\n\n`;
}
