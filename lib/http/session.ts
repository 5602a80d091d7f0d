/** The session cookie: out of reach of scripts, sent to no other site's requests, tied to this host over https. */
import { isHttps, sessionCookies } from './credentials';

export const signInPath = (token: string) => `/sign-in/${token}`;

export function sessionCookie(request: Request, session: string, expiresAt: Date): string {
  const secure = isHttps(request.headers);
  const name = secure ? sessionCookies.secure : sessionCookies.plain;
  return `${name}=${session}; Path=/; HttpOnly; SameSite=Lax; Expires=${expiresAt.toUTCString()}${secure ? '; Secure' : ''}`;
}

/** Both names, so that nothing is left behind where http became https. */
export function clearedCookies(): string[] {
  return [
    `${sessionCookies.secure}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0; Secure`,
    `${sessionCookies.plain}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0`,
  ];
}
