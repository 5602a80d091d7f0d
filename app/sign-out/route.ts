import { endSession } from '@/lib/access/access';
import { isOwnPage, readCredentials } from '@/lib/http/credentials';
import { problem, problemFor } from '@/lib/http/problem';
import { clearedCookies } from '@/lib/http/session';
import { getDatabase } from '@/lib/wiring';

/** Ends the session itself, not only the cookie; somebody without one is signed out already. */
export async function POST(request: Request): Promise<Response> {
  if (!isOwnPage(request.headers)) return problem('forbidden', 'Sign out from a page of this console');
  try {
    const { session } = readCredentials(request.headers);
    if (session) await endSession(getDatabase().db, session);
    const headers = new Headers({ location: '/sign-in', 'cache-control': 'no-store' });
    for (const cookie of clearedCookies()) headers.append('set-cookie', cookie);
    return new Response(null, { status: 303, headers });
  } catch (error) {
    return problemFor(error);
  }
}
