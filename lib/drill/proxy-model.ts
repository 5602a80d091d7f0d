/** The HAProxies that a drill may order to fail requests, as an administrator names them. Safe in a browser. */
import { z } from 'zod';
import { environmentInput } from './model';

const socketAddress = z
  .string()
  .trim()
  .regex(
    /^(unix@\/[\x21-\x7e]{1,100}|ipv4@[A-Za-z0-9.-]{1,253}:\d{1,5})$/,
    'is no runtime socket: use unix@/run/haproxy/admin.sock or ipv4@10.0.0.5:9999',
  )
  .refine((a) => !a.startsWith('ipv4@') || portOf(a) > 0, 'names no port between 1 and 65535');
const portOf = (address: string): number => {
  const port = Number(address.slice(address.lastIndexOf(':') + 1));
  return port <= 65_535 ? port : 0;
};

export const drillProxyInput = z.strictObject({
  environment: environmentInput,
  address: socketAddress,
  table: z
    .string()
    .trim()
    .regex(/^[A-Za-z0-9._:-]{1,100}$/, 'is not the name of a stick-table')
    .default('belay_drill'),
});
/** The HAProxies in front of an environment. There may be several: all of them fail, or the drill says that one did not. */
export type DrillProxy = z.output<typeof drillProxyInput>;
export const drillProxiesInput = z.strictObject({
  proxies: z
    .array(drillProxyInput)
    .max(20)
    .superRefine((list, issue) => {
      const seen = new Set<string>();
      for (const [i, { environment, address }] of list.entries()) {
        const key = `${environment}\n${address}`;
        if (seen.has(key)) issue.addIssue({ code: 'custom', path: [i, 'address'], message: 'is named twice' });
        seen.add(key);
      }
    }),
});
export type DrillProxies = z.output<typeof drillProxiesInput>;
/** What came of asking one: whether a drill could use it. */
export type ProxyAnswer = DrillProxy & { ok: boolean; detail: string };
