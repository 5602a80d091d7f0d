/** Where strangers are sent whose address has tried too many links that lead nowhere; read without scripts too. */
const seconds = 60;

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="/icon.svg" type="image/svg+xml">
<title>Try again in a minute</title>
</head>
<body>
<main>
<h1>Try again in a minute</h1>
<p>Too many links that lead nowhere were tried. Open yours again in a minute.</p>
</main>
</body>
</html>
`;

export function GET(): Response {
  return new Response(page, {
    status: 429,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'retry-after': String(seconds),
    },
  });
}
