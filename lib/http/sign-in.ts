/**
 * A one-time link must survive being looked at: mail scanners, chat previews and prefetching browsers all fetch it.
 * It is redeemed by a GET only when a person's browser says that this is a navigation which no other site began
 * (pasted, or opened from a terminal), and is no prefetch; everybody else gets a form with one button.
 * The button's POST must come from our own page, so that no site can sign a visitor in as somebody else.
 */
type HeaderReader = { get(name: string): string | null };

export function isDeliberate(method: string, headers: HeaderReader): boolean {
  const prefetch = `${headers.get('sec-purpose') ?? ''} ${headers.get('purpose') ?? ''} ${headers.get('x-moz') ?? ''}`;
  const site = headers.get('sec-fetch-site');
  return (
    method === 'GET' &&
    headers.get('sec-fetch-mode') === 'navigate' &&
    headers.get('sec-fetch-dest') === 'document' &&
    (site === 'none' || site === 'same-origin') &&
    !/prefetch|prerender|preview/i.test(prefetch) &&
    headers.get('next-router-prefetch') === null
  );
}

/** `nonce` lets its one style element through the page's policy. The action is the very address: no token is repeated. */
export function confirmPage(nonce: string): string {
  const attribute = /^[A-Za-z0-9+/=]+$/.test(nonce) ? ` nonce="${nonce}"` : '';
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>Sign in · Belay</title>
<style${attribute}>
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { display: grid; place-items: center; min-height: 100vh; margin: 0; }
main { max-width: 22rem; padding: 1.5rem; }
button { font: inherit; font-weight: 600; padding: 0.6rem 1.2rem; border-radius: 0.5rem; border: 1px solid; cursor: pointer; }
</style>
</head>
<body>
<main>
<h1>Sign in to Belay</h1>
<p>This link works once. Go on to sign in with this browser.</p>
<form method="post"><button type="submit" autofocus>Sign in</button></form>
</main>
</body>
</html>
`;
}
