/** In which form a report is asked for. Pure. */

/** `view`: as the API answers everywhere; the others are handed out whole, as files. */
export const forms = ['view', 'markdown', 'csv', 'json'] as const;
export type Form = (typeof forms)[number];

const types: Record<string, Form> = {
  'application/json': 'view',
  'text/markdown': 'markdown',
  'text/csv': 'csv',
  '*/*': 'view',
  'application/*': 'view',
  'text/*': 'markdown',
};

/** By RFC 9110: the best quality that is offered, of equals the one named first; nothing that is known: the view. */
export function formOf(accept: string | null): Form {
  const asked = (accept ?? '').split(',').flatMap((part) => {
    const [type = '', ...parameters] = part.split(';').map((piece) => piece.trim().toLowerCase());
    const form = types[type];
    const quality = Number(parameters.find((p) => p.startsWith('q='))?.slice(2) ?? 1);
    return form && quality > 0 ? [{ form, quality }] : [];
  });
  return asked.reduce(
    (best, each) => (each.quality > best.quality ? each : best),
    asked[0] ?? { form: 'view', quality: 0 },
  ).form;
}
