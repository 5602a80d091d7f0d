import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { testDatabase } from '@/lib/migration/target';

export const POST = route({ ...operations.testDatabase, run: ({ ctx, params }) => testDatabase(ctx, params.id) });
