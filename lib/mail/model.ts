/** How Belay sends mail: one SMTP server, named by an administrator. Safe in a browser. */
import { z } from 'zod';

/** `starttls`: refuses to go on without; `tls`: from the first byte; `none`: only to this machine itself. */
export const mailSecurities = ['starttls', 'tls', 'none'] as const;
export type MailSecurity = (typeof mailSecurities)[number];

/** Of one mailbox, as it stands in an envelope: no name, no quotes, nothing that could end a line. */
export const emailAddress = z.email('must be an e-mail address').trim().max(254);

const oneLine = (most: number) =>
  z
    .string()
    .trim()
    .max(most)
    .refine((v) => !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(v), 'must be one line');

export const mailInput = z
  .strictObject({
    host: z
      .string()
      .trim()
      .min(1)
      .max(253)
      .regex(
        /^(?:[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*)$/,
        'must be a name or address',
      ),
    port: z.number().int().min(1).max(65_535).default(587),
    security: z.enum(mailSecurities).default('starttls'),
    user: oneLine(200).nullable().default(null),
    /** left out: the one that is kept stays, as long as it goes to the same server; null: none */
    password: z.string().min(1).max(500).nullish(),
    from: emailAddress,
    fromName: oneLine(100).default('Belay'),
    /** PEM of who has signed the server's certificate, where no public authority has */
    authority: z
      .string()
      .trim()
      .max(20_000)
      .refine(
        (v) => /^-----BEGIN CERTIFICATE-----[\s\S]+-----END CERTIFICATE-----$/.test(v),
        'must be a PEM certificate',
      )
      .nullable()
      .default(null),
  })
  .refine((m) => m.security !== 'none' || isLoopbackName(m.host), {
    path: ['security'],
    error: 'may be none only where the server is this machine: 127.0.0.1, ::1 or localhost',
  })
  .refine((m) => m.password == null || (m.user !== null && m.user !== ''), {
    path: ['user'],
    error: 'must be named where there is a password',
  });
export type MailInput = z.output<typeof mailInput>;

export function isLoopbackName(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

/** The password is in none of it. */
export type MailView = Omit<MailInput, 'password'> & { passwordSet: boolean };

export const mailTestInput = z.strictObject({ to: emailAddress });
