import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { runbookVersions } from '@/lib/runbook/runbook';

export const GET = route({ ...operations.runbookVersions, run: ({ ctx, params }) => runbookVersions(ctx, params.id) });
