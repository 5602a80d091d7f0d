/** YAML for whoever asks for it; JSON is for everybody else. */
const isYaml = (type: string) => /^(application|text)\/(x-)?yaml$/.test(type);

/** Whichever of the two is named first: nobody who can take both weighs them. */
export function wantsYaml(request: Request): boolean {
  const types = (request.headers.get('accept') ?? '').split(',').map((part) => (part.split(';')[0] ?? '').trim());
  const named = types.find((type) => isYaml(type) || /^(application\/(.+\+)?json|\*\/\*)$/.test(type));
  return named !== undefined && isYaml(named);
}

export function yamlAnswer(text: string): Response {
  const headers = { 'content-type': 'application/yaml; charset=utf-8', 'cache-control': 'no-store', vary: 'accept' };
  return new Response(text, { headers });
}
