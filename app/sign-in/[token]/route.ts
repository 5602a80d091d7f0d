import { redeemSignInLink } from '@/lib/access/access';
import { BelayError } from '@/lib/errors';
import { isOwnPage } from '@/lib/http/credentials';
import { problem, problemFor } from '@/lib/http/problem';
import { sessionCookie } from '@/lib/http/session';
import { confirmPage, isDeliberate } from '@/lib/http/sign-in';
import { getDatabase, now } from '@/lib/wiring';

type Segment = { params: Promise<{ token: string }> };
const quiet = { 'cache-control': 'no-store', 'referrer-policy': 'same-origin', 'x-robots-tag': 'noindex' };

export async function GET(request: Request, segment: Segment): Promise<Response> {
  if (isDeliberate(request.method, request.headers)) return redeem(request, segment);
  const page = confirmPage(request.headers.get('x-nonce') ?? '');
  return new Response(page, { headers: { ...quiet, 'content-type': 'text/html; charset=utf-8' } });
}

export async function POST(request: Request, segment: Segment): Promise<Response> {
  if (!isOwnPage(request.headers)) return problem('forbidden', 'Sign in from the page of this console');
  return redeem(request, segment);
}

async function redeem(request: Request, segment: Segment): Promise<Response> {
  try {
    const { token } = await segment.params;
    const { session, expiresAt } = await redeemSignInLink(getDatabase().db, now(), token);
    const headers = { ...quiet, location: '/', 'set-cookie': sessionCookie(request, session, expiresAt) };
    return new Response(null, { status: 303, headers });
  } catch (error) {
    if (!(error instanceof BelayError) || error.code !== 'unauthenticated') return problemFor(error);
    return new Response(null, { status: 303, headers: { ...quiet, location: '/sign-in?problem=link' } });
  }
}
