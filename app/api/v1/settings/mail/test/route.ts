import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { testMail } from '@/lib/mail/mail';

export const POST = route({ ...operations.testMail, run: ({ ctx, input }) => testMail(ctx, input) });
