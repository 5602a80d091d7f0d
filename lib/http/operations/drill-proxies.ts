/** The HAProxies that drills of the level proxy use. */
import { z } from 'zod';
import { drillProxiesInput } from '@/lib/drill/proxy-model';
import { drillProxiesView, proxyAnswerView } from '../views/drill-proxies';
import { anything, type Operation } from './operation';

export const drillProxyOperations = {
  getDrillProxies: {
    method: 'GET',
    path: '/settings/drill-proxies',
    summary: 'The HAProxies in front of each environment that drills of the level proxy use',
    permission: 'view',
    answers: drillProxiesView,
  },
  putDrillProxies: {
    method: 'PUT',
    path: '/settings/drill-proxies',
    summary: 'Name all of them anew; those that a drill uses stay until it has ended',
    permission: 'administer',
    input: anything,
    accepts: drillProxiesInput,
    example: {
      proxies: [{ environment: 'production', address: 'unix@/run/haproxy/admin.sock', table: 'belay_drill' }],
    },
    answers: drillProxiesView,
  },
  checkDrillProxies: {
    method: 'POST',
    path: '/settings/drill-proxies/check',
    summary: 'Ask each of them now whether a drill could use it',
    permission: 'operate',
    changes: false,
    answers: z.array(proxyAnswerView),
  },
} as const satisfies Record<string, Operation>;
