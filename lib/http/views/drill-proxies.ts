/** The shapes that the HAProxies of drills answer with; tests hold real answers against them. */
import { z } from 'zod';
import type { DrillProxies, ProxyAnswer } from '@/lib/drill/proxy-model';

const proxy = z.object({
  environment: z.string(),
  address: z.string().meta({ description: 'its runtime socket: unix@/run/haproxy/admin.sock or ipv4@10.0.0.5:9999' }),
  table: z.string().meta({ description: 'the stick-table that brings a fault about' }),
});

export const drillProxiesView = z.object({ proxies: z.array(proxy) }) satisfies z.ZodType<DrillProxies>;

export const proxyAnswerView = proxy.extend({
  ok: z.boolean().meta({ description: 'a drill could use it' }),
  detail: z.string().meta({ description: 'else why not, and what to do' }),
}) satisfies z.ZodType<ProxyAnswer>;
