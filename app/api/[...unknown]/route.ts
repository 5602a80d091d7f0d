import { problem } from '@/lib/http/problem';

/** Whatever no other route takes: said in the API's own form. */
function nothing(request: Request): Response {
  return problem('not_found', `There is no ${new URL(request.url).pathname}`);
}

export { nothing as DELETE, nothing as GET, nothing as PATCH, nothing as POST, nothing as PUT };
