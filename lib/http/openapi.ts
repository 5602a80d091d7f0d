/** The OpenAPI 3.1 document, made from the table of operations and the schemas that really parse and answer. */
import { z } from 'zod';
import { operations } from './operations';
import type { Operation } from './operations/operation';

type Json = Record<string, unknown>;

export function openApi(): Json {
  const paths: Record<string, Json> = {};
  for (const [name, operation] of Object.entries<Operation>(operations)) {
    const method = { [operation.method.toLowerCase()]: entry(name, operation) };
    paths[operation.path] = { ...paths[operation.path], ...method };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Belay',
      version: '1',
      description:
        'Watches every step of a rollout. Errors are application/problem+json (RFC 9457). POST verbs may carry an Idempotency-Key.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/api/v1' }],
    security: [{ key: [] }, { session: [] }],
    paths,
    components: {
      securitySchemes: {
        key: { type: 'http', scheme: 'bearer', description: 'npm run -s key -- create --name N --role R' },
        session: { type: 'apiKey', in: 'cookie', name: 'belay_session' },
      },
      schemas: { Problem: problemSchema },
      responses: {
        Problem: { description: 'What went wrong, by field', content: { 'application/problem+json': ref } },
      },
    },
  };
}

const ref = { schema: { $ref: '#/components/schemas/Problem' } };
const problemSchema = {
  type: 'object',
  required: ['type', 'title', 'status', 'code'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    code: { type: 'string' },
    detail: { type: 'string' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['field', 'message'],
        properties: { field: { type: 'string' }, message: { type: 'string' } },
      },
    },
  },
};

function entry(operationId: string, operation: Operation): Json {
  const { status = 200, permission } = operation;
  const described: Json = {
    operationId,
    summary: operation.summary,
    tags: [operation.path.split('/')[1]],
    ...(permission === null ? { security: [] } : { 'x-permission': permission }),
    parameters: [...pathParameters(operation), ...queryParameters(operation), ...headerParameters(operation)],
    responses: { [status]: answerOf(operation), default: { $ref: '#/components/responses/Problem' } },
  };
  const body = operation.accepts ?? operation.input;
  if (body) {
    const schema = schemaOf(body, 'input');
    const media = operation.example === undefined ? { schema } : { schema, example: operation.example };
    const content: Json = { 'application/json': media };
    if (operation.accepts) content['application/yaml'] = media;
    described.requestBody = { required: !body.safeParse(undefined).success, content };
  }
  return described;
}

function answerOf(operation: Operation): Json {
  if (operation.status === 204) return { description: 'Done' };
  const type = operation.produces ?? 'application/json';
  if (!operation.answers) return { description: operation.summary, content: { [type]: {} } };
  const content: Json = { [type]: { schema: schemaOf(operation.answers, 'output') } };
  if (operation.exports) content['application/yaml'] = { schema: schemaOf(operation.exports, 'input') };
  return { description: operation.summary, content };
}

function pathParameters(operation: Operation): Json[] {
  return [...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string', ...(name === 'verb' ? { enum: verbsOf() } : {}) },
  }));
}

const verbsOf = () => operations.previewVerb.query.shape.verb.options;

function queryParameters(operation: Operation): Json[] {
  if (!(operation.query instanceof z.ZodObject)) return [];
  return Object.entries<z.ZodType>(operation.query.shape).map(([name, schema]) => {
    const { description, ...rest } = schemaOf(schema, 'input');
    return {
      name,
      in: 'query',
      required: !schema.safeParse(undefined).success,
      ...(description ? { description } : {}),
      schema: rest,
    };
  });
}

function headerParameters(operation: Operation): Json[] {
  if (!operation.idempotent) return [];
  return [{ name: 'Idempotency-Key', in: 'header', required: false, schema: { type: 'string', maxLength: 200 } }];
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema, ...rest } = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    // An answer may gain fields: a client that is built from this must not break on them.
    override: ({ jsonSchema }) => {
      if (io === 'output' && jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
    },
  }) as Json;
  return rest;
}
