import { disablePerson, setRole } from '@/lib/access/access';
import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';

export const PUT = route({
  ...operations.setRole,
  run: ({ ctx, params, input }) => setRole(ctx, params.id, input.role),
});
export const DELETE = route({ ...operations.disablePerson, run: ({ ctx, params }) => disablePerson(ctx, params.id) });
