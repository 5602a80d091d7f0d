/**
 * Telemetry as a fleet of shops would send it: every instance reports 500 points a tick, cumulative, gzipped, with the
 * same 200 attribute sets: 200 histograms of 15 buckets, 200 sums and 100 gauges. A steady fleet counts alike in every
 * set, which compresses best and so makes gunzip, the measure of the others, cheapest; a noisy one counts at random.
 */
import { Agent, request } from 'node:http';
import { gzipSync } from 'node:zlib';
import {
  newProtoWriter,
  type ProtoWriter,
  writeDouble,
  writeDoubleField,
  writeFixed64,
  writeFixed64Field,
  writeMessage,
  writeTextField,
  writeVarintField,
  written,
} from '@/lib/otlp/write';

export const pointsPerRequest = 500;

const bounds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
/** how a second's 40 requests fall into the buckets, roughly log-normal */
const shape = [0, 1, 2, 4, 6, 7, 9, 5, 2, 1, 1, 1, 0, 0, 0];

type AttributeSet = Record<string, string | number>;
const sets: AttributeSet[] = ['control', 'treatment'].flatMap((variant) =>
  ['internal', 'beta', 'eu', 'us', 'rest'].flatMap((cohort) =>
    ['/cart', '/checkout', '/search', '/product/{id}', '/login'].flatMap((route) =>
      ['GET', 'POST'].flatMap((method) =>
        [200, 500].map((status) => ({
          'http.request.method': method,
          'http.route': route,
          'http.response.status_code': status,
          'feature_flag.key': 'new-checkout',
          'feature_flag.result.variant': variant,
          'rollout.cohort': cohort,
        })),
      ),
    ),
  ),
);

function attribute(w: ProtoWriter, field: number, key: string, value: string | number): void {
  writeMessage(w, field, () => {
    writeTextField(w, 1, key);
    writeMessage(w, 2, () => {
      if (typeof value === 'number') writeVarintField(w, 3, value);
      else writeTextField(w, 1, value);
    });
  });
}

const attributes = (w: ProtoWriter, field: number, set: AttributeSet) => {
  for (const [key, value] of Object.entries(set)) attribute(w, field, key, value);
};

/** Repeatable noise: the figures are of one load, whoever runs it. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state >>> 0) / 4294967296;
  };
}

/** When the instances started and how often they report, in milliseconds. */
type Clock = { originMs: number; stepMs: number };
const longAgo: Clock = { originMs: 1_790_000_000_000, stepMs: 10_000 };
const nanos = (ms: number) => BigInt(Math.round(ms)) * 1_000_000n;

/** The bodies of `ticks` reports of each of `instances`, in the order in which they would be sent. */
export function makeBodies(options: {
  instances: number;
  ticks: number;
  fromTick?: number;
  noisy?: boolean;
  clock?: Clock;
}): Buffer[] {
  const { instances, ticks, fromTick = 0, noisy = false, clock = longAgo } = options;
  const bodies: Buffer[] = [];
  for (let tick = fromTick; tick < fromTick + ticks; tick++) {
    for (let instance = 0; instance < instances; instance++)
      bodies.push(gzipSync(report(instance, tick, noisy, clock), { level: 1 }));
  }
  return bodies;
}

function report(instance: number, tick: number, noisy: boolean, clock: Clock): Buffer {
  const w = newProtoWriter(1 << 18);
  const random = randomFrom(instance * 7919 + tick);
  const noise = noisy ? random : () => 0.5;
  const origin = nanos(clock.originMs);
  const time = nanos(clock.originMs + (tick + 1) * clock.stepMs);
  const times = () => {
    writeFixed64Field(w, 2, origin);
    writeFixed64Field(w, 3, time);
  };
  writeMessage(w, 1, () => {
    writeMessage(w, 1, () => {
      attribute(w, 1, 'service.name', 'shop');
      attribute(w, 1, 'service.instance.id', `shop-${instance}`);
      attribute(w, 1, 'service.version', '2.4.0');
      attribute(w, 1, 'deployment.environment.name', 'production');
    });
    writeMessage(w, 2, () => {
      writeMessage(w, 1, () => writeTextField(w, 1, 'shop'));
      writeMessage(w, 2, () => durations(w, times, tick, noise));
      writeMessage(w, 2, () => orders(w, times, tick, noise));
      writeMessage(w, 2, () => depths(w, times, random));
    });
  });
  return written(w);
}

function durations(w: ProtoWriter, times: () => void, tick: number, noise: () => number): void {
  writeTextField(w, 1, 'http.server.request.duration');
  writeTextField(w, 3, 's');
  writeMessage(w, 9, () => {
    for (const set of sets) {
      writeMessage(w, 1, () => {
        times();
        const counts = shape.map((n) => Math.round((tick + 1) * n * 10 + noise() * n * 10));
        const count = counts.reduce((a, b) => a + b, 0);
        writeFixed64Field(w, 4, BigInt(count));
        writeDoubleField(w, 5, count * 0.25);
        writeMessage(w, 6, () => {
          for (const n of counts) writeFixed64(w, BigInt(n));
        });
        writeMessage(w, 7, () => {
          for (const bound of bounds) writeDouble(w, bound);
        });
        attributes(w, 9, set);
      });
    }
    writeVarintField(w, 2, 2);
  });
}

function orders(w: ProtoWriter, times: () => void, tick: number, noise: () => number): void {
  writeTextField(w, 1, 'shop.checkout.completed');
  writeTextField(w, 3, '{checkout}');
  writeMessage(w, 7, () => {
    for (const set of sets) {
      writeMessage(w, 1, () => {
        times();
        writeDoubleField(w, 4, Math.round((tick + 1) * 40 + noise() * 20));
        attributes(w, 7, set);
      });
    }
    writeVarintField(w, 2, 2);
    writeVarintField(w, 3, 1);
  });
}

function depths(w: ProtoWriter, times: () => void, random: () => number): void {
  writeTextField(w, 1, 'shop.queue.depth');
  writeTextField(w, 3, '{item}');
  writeMessage(w, 5, () => {
    for (const set of sets.slice(0, 100)) {
      writeMessage(w, 1, () => {
        times();
        writeDoubleField(w, 4, Math.round(random() * 1000));
        attributes(w, 7, set);
      });
    }
  });
}

export type Posted = { status: number; ms: number };

/** Sends over kept-alive connections. */
export function openSender(port: number, connections: number) {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const send = (path: string, headers: Record<string, string>, body: Buffer): Promise<Posted> => {
    const from = performance.now();
    return new Promise((resolve, reject) => {
      const length = { 'content-length': String(body.length) };
      const sent = request(
        { host: '127.0.0.1', port, path, method: 'POST', agent, headers: { ...headers, ...length } },
        (answer) => {
          answer.resume();
          answer.on('end', () => resolve({ status: answer.statusCode ?? 0, ms: performance.now() - from }));
        },
      );
      sent.on('error', reject);
      sent.end(body);
    });
  };
  return { send, close: () => agent.destroy() };
}

export type Sender = ReturnType<typeof openSender>;

const otlp = { 'content-type': 'application/x-protobuf', 'content-encoding': 'gzip' };

export const sendMetrics = (sender: Sender, body: Buffer) => sender.send('/v1/metrics', otlp, body);

/** As many at once as there are connections, each after the last was answered. */
export async function sendAll(sender: Sender, bodies: Buffer[], atOnce: number): Promise<void> {
  let next = 0;
  const lane = async () => {
    for (let body = bodies[next++]; body; body = bodies[next++]) {
      const { status } = await sendMetrics(sender, body);
      if (status !== 200) throw new Error(`the receiver answered ${status}`);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
}
