import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { migrationsOf } from '@/lib/migration/migration';

export const GET = route({ ...operations.listMigrations, run: ({ ctx, params }) => migrationsOf(ctx, params.id) });
