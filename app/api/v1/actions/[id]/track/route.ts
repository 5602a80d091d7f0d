import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { trackAction } from '@/lib/postmortem/action/tracker';

export const POST = route({ ...operations.trackAction, run: ({ ctx, params }) => trackAction(ctx, params.id) });
