import { operations } from '@/lib/http/operations';
import { route } from '@/lib/http/route';
import { getMail, putMail, removeMail } from '@/lib/mail/mail';

export const GET = route({ ...operations.getMail, run: ({ ctx }) => getMail(ctx) });
export const PUT = route({ ...operations.putMail, run: ({ ctx, input }) => putMail(ctx, input) });
export const DELETE = route({ ...operations.removeMail, run: ({ ctx }) => removeMail(ctx) });
