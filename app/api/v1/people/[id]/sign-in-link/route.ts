import { linkFor } from '@/lib/access/access';
import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { signInPath } from '@/lib/http/session';

export const POST = route({
  ...operations.newSignInLink,
  run: async ({ ctx, params }) => {
    const { token, expiresAt } = await linkFor(ctx, params.id);
    return { path: signInPath(token), expiresAt };
  },
});
