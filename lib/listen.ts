/**
 * LISTEN that stays. One connection of its own; when it drops it is opened again, and `onConnected` runs each time,
 * because what was notified in between is lost: whoever listens must read the state itself then.
 */
import pg from 'pg';

export type Listening = { close: () => Promise<void> };

const firstDelayMs = 100;
const longestDelayMs = 2_000;

export function listen(options: {
  url: string;
  name: string;
  channels: string[];
  onNotify: (channel: string, payload: string) => void;
  onConnected?: () => void;
}): Listening {
  let client: pg.Client | undefined;
  let timer: NodeJS.Timeout | undefined;
  let delayMs = firstDelayMs;
  let closed = false;

  const again = () => {
    if (closed || timer) return;
    timer = setTimeout(() => {
      timer = undefined;
      void connect();
    }, delayMs);
    delayMs = Math.min(delayMs * 2, longestDelayMs);
  };

  async function connect(): Promise<void> {
    const next = new pg.Client({
      connectionString: options.url,
      application_name: `belay-${options.name}-listen`,
      keepAlive: true,
      connectionTimeoutMillis: 5_000,
    });
    let over = false;
    const lost = () => {
      if (over) return;
      over = true;
      if (client === next) client = undefined;
      void next.end().catch(() => {});
      again();
    };
    next.on('error', lost);
    next.on('end', lost);
    next.on('notification', (n) => options.onNotify(n.channel, n.payload ?? ''));
    client = next;
    try {
      await next.connect();
      for (const channel of options.channels) await next.query(`listen "${channel}"`);
      delayMs = firstDelayMs;
      if (!closed) options.onConnected?.();
    } catch {
      lost();
    }
  }

  void connect();
  return {
    close: async () => {
      closed = true;
      clearTimeout(timer);
      await client?.end().catch(() => {});
    },
  };
}
