import { openApi } from '@/lib/http/openapi';
import { operations } from '@/lib/http/operations';

/** Open to anybody: it says what could be asked, and nothing of what is here. */
function read(): Response {
  return Response.json(openApi(), { headers: { 'cache-control': 'public, max-age=300' } });
}

export const GET = Object.assign(read, { operation: operations.openApi });
