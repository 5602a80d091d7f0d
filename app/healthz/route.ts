/** Alive: this process answers. Whether it can work is what /readyz says. */
export const dynamic = 'force-dynamic';

export function GET(): Response {
  return Response.json({ status: 'alive' }, { headers: { 'cache-control': 'no-store' } });
}
