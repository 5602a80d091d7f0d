import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { createDatabase, listDatabases } from '@/lib/migration/target';

export const GET = route({ ...operations.listDatabases, run: ({ ctx }) => listDatabases(ctx) });
export const POST = route({ ...operations.createDatabase, run: ({ ctx, input }) => createDatabase(ctx, input) });
