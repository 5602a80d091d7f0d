/** Ports are tried before anything heavy starts, so that a busy one costs a second and not a minute. */
import { createServer } from 'node:net';
import { freePort } from '@/jobs/postgres';
import { Refusal } from './terminal';

export type Ports = { console: number; otlp: number };

const loopbackNames = ['127.0.0.1', '::1', 'localhost'];
export const isLoopback = (host: string): boolean => loopbackNames.includes(host) || host.startsWith('127.');

/** How this machine itself reaches what listens on `host`. */
export function reachableHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}

/** Port 0 stands for any free one. `patience`: how long to wait for what a killed supervisor left to end. */
export async function claimPorts(
  host: string,
  wanted: { PORT: number; OTLP_PORT: number },
  patience: number,
): Promise<Ports> {
  if (wanted.PORT === wanted.OTLP_PORT && wanted.PORT !== 0)
    throw new Refusal(`PORT and OTLP_PORT are both ${wanted.PORT}: set one of them to another port`);
  const claim = async (setting: 'PORT' | 'OTLP_PORT') => {
    const port = wanted[setting] === 0 ? await freePort() : wanted[setting];
    const until = Date.now() + patience;
    for (;;) {
      const code = await tryPort(host, port);
      if (code === null) return port;
      if (code !== 'EADDRINUSE' || Date.now() > until) throw refusal(setting, host, port, code);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  };
  return { console: await claim('PORT'), otlp: await claim('OTLP_PORT') };
}

function tryPort(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen(port, host, () => server.close(() => resolve(null)));
  });
}

function refusal(setting: string, host: string, port: number, code: string): Refusal {
  if (code === 'EADDRINUSE')
    return new Refusal(`port ${port} is in use: stop what listens there or set ${setting} to another port`);
  if (code === 'EACCES')
    return new Refusal(`port ${port} may not be opened by this user: set ${setting} to one above 1023`);
  return new Refusal(`HOST ${host} is no address of this machine (${code}): set HOST to one that is`);
}
