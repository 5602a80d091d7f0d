/**
 * What a request says of who sends it.
 *
 * Loopback: Next hands a route no socket, but fills `x-forwarded-for` with the peer's address when the client
 * sent none. A caller counts as loopback only when the console itself is bound to loopback (so nothing else
 * can connect), every forwarded address is loopback (a proxy that says whom it speaks for is believed),
 * the Host is a loopback name (a rebound DNS name is not) and no browser speaks for another site.
 * Loopback without a key may ingest and evaluate, nothing else (`lib/access`).
 */
export type Credentials = { authorization?: string; apiKey?: string; session?: string };
type HeaderReader = { get(name: string): string | null };

/** `__Host-` binds the cookie to https and this host; plain http on loopback cannot carry that prefix. */
export const sessionCookies = { secure: '__Host-belay_session', plain: 'belay_session' } as const;

export function readCredentials(headers: HeaderReader): Credentials {
  return {
    authorization: headers.get('authorization') ?? undefined,
    apiKey: headers.get('x-api-key') ?? undefined,
    session: readCookie(headers, sessionCookies.secure) ?? readCookie(headers, sessionCookies.plain),
  };
}

function readCookie(headers: HeaderReader, name: string): string | undefined {
  for (const part of (headers.get('cookie') ?? '').split(';')) {
    const at = part.indexOf('=');
    if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim() || undefined;
  }
  return undefined;
}

const loopbackHost = /^(localhost|127(\.\d{1,3}){3}|\[::1\]|::1)$/i;
const loopbackAddress = /^(::ffff:)?127(\.\d{1,3}){3}$|^::1$/i;

export const isLoopbackHost = (host: string): boolean => loopbackHost.test(host);

export function isLoopback(headers: HeaderReader, boundTo: string): boolean {
  if (!isLoopbackHost(boundTo) || headers.get('forwarded')) return false;
  const host = (headers.get('host') ?? '').replace(/:\d+$/, '');
  if (!isLoopbackHost(host)) return false;
  const from = (headers.get('x-forwarded-for') ?? '').split(',').map((a) => a.trim());
  if (!from.every((a) => a === '' || loopbackAddress.test(a))) return false;
  return !fromAnotherSite(headers);
}

/**
 * Whom the request comes from, for limits only: what the nearest proxy says, or the peer itself. Who connects without a
 * proxy can say what they like, so a limit by this needs another one for all. Of IPv6 the network: addresses are free.
 */
export function peerOf(headers: HeaderReader): string {
  const nearest = (headers.get('x-forwarded-for') ?? '').split(',').at(-1)?.trim() ?? '';
  const address = nearest.replace(/^::ffff:(?=\d+\.)/i, '').slice(0, 45);
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.toLowerCase().split('::');
  const groups = head === '' ? [] : head.split(':');
  const behind = tail === undefined || tail === '' ? [] : tail.split(':');
  const between = tail === undefined ? [] : Array<string>(Math.max(0, 8 - groups.length - behind.length)).fill('0');
  return [...groups, ...between, ...behind].slice(0, 4).join(':');
}

/** True when a browser says that another site's page sent this. Programs send neither header. */
function fromAnotherSite(headers: HeaderReader): boolean {
  const site = headers.get('sec-fetch-site');
  if (site && site !== 'same-origin' && site !== 'none') return true;
  const origin = headers.get('origin');
  return origin !== null && !isOwnOrigin(headers, origin);
}

function isOwnOrigin(headers: HeaderReader, origin: string): boolean {
  if (!URL.canParse(origin)) return false;
  const { host } = new URL(origin);
  return host === headers.get('host') || host === headers.get('x-forwarded-host');
}

/** A change asked for with the session cookie must come from our own page and must say so. */
export function isOwnPage(headers: HeaderReader): boolean {
  return headers.get('origin') !== null && !fromAnotherSite(headers);
}

export const isHttps = (headers: HeaderReader): boolean =>
  (headers.get('x-forwarded-proto') ?? '').split(',')[0]?.trim() === 'https';
