/**
 * Gives every page its Content-Security-Policy with a nonce of its own; decides nothing about access
 * (each handler and page authorises for itself). Next cuts bodies at 10 MB on the way through here,
 * so whatever takes bodies from outside is left out of the matcher.
 */
import { randomBytes } from 'node:crypto';
import { type NextRequest, NextResponse } from 'next/server';
import { contentSecurityPolicy } from './lib/http/policy';
import { problem } from './lib/http/problem';

export function proxy(request: NextRequest): Response {
  if (!decodes(request.nextUrl.pathname)) return problem('bad_input', 'The address is not percent-encoded text');
  const nonce = randomBytes(18).toString('base64');
  const policy = contentSecurityPolicy(nonce, process.env.NODE_ENV === 'development');
  const headers = new Headers(request.headers);
  headers.delete('x-middleware-subrequest');
  headers.set('x-nonce', nonce);
  // Next reads the nonce for its own scripts from the request's policy; what a client sent is overwritten.
  headers.set('content-security-policy', policy);
  headers.delete('content-security-policy-report-only');
  const response = NextResponse.next({ request: { headers } });
  response.headers.set('content-security-policy', policy);
  return response;
}

/** Next answers 500 to an address that does not decode; so any with a percent sign comes by here. */
function decodes(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}

export const config = {
  matcher: ['/((?!api/|v1/|ofrep/|healthz|readyz|_next/static|_next/image|favicon.ico).*)', '/(.*%.*)'],
};
