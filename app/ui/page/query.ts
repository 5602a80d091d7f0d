/** Search parameters as one text each: the first where one is given twice. */
export type SearchParams = Record<string, string | string[] | undefined>;

export function first(params: SearchParams): Record<string, string> {
  const query: Record<string, string> = {};
  for (const [key, value] of Object.entries(params)) {
    const text = Array.isArray(value) ? value[0] : value;
    if (text) query[key] = text;
  }
  return query;
}

export function withQuery(path: string, query: Record<string, string>, change: Record<string, string | null>): string {
  const next = new URLSearchParams(query);
  for (const [key, value] of Object.entries(change)) {
    if (value === null) next.delete(key);
    else next.set(key, value);
  }
  return next.size > 0 ? `${path}?${next}` : path;
}
