import { invite, listPeople } from '@/lib/access/access';
import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { signInPath } from '@/lib/http/session';

export const GET = route({ ...operations.listPeople, run: ({ ctx }) => listPeople(ctx) });
export const POST = route({
  ...operations.invitePerson,
  run: async ({ ctx, input }) => {
    const { id, token, expiresAt } = await invite(ctx, input);
    return { id, path: signInPath(token), expiresAt };
  },
});
