import { drillCalendar } from '@/lib/drill/schedule/calendar';
import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';

export const GET = route({ ...operations.drillCalendar, run: ({ ctx, query }) => drillCalendar(ctx, query) });
