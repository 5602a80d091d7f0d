import { checkDrillProxies } from '@/lib/drill/drill';
import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';

export const POST = route({ ...operations.checkDrillProxies, run: ({ ctx }) => checkDrillProxies(ctx) });
