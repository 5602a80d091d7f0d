import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { openApi } from './openapi';
import { operations } from './operations';
import type { Operation } from './operations/operation';

const root = 'app/api/v1';
const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) =>
  /(^|\/)route\.tsx?$/.test(file),
);
const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
const pathOf = (file: string) => `/${file.replace(/\/?route\.tsx?$/, '').replace(/\[(\w+)\]/g, '{$1}')}`;

test('every handler is in the table, under its own path and method, and the table has nothing else', async () => {
  const served = await Promise.all(
    files.map(async (file) => {
      const handlers = (await import(/* @vite-ignore */ `@/${root}/${file}`)) as Record<
        string,
        { operation?: Operation }
      >;
      return Object.entries(handlers)
        .filter(([method]) => methods.includes(method))
        .map(([method, { operation }]) => {
          // The operation that a handler was made from must be the one listed for where it stands.
          expect(operation, `${method} ${file} is not made from an operation`).toBeDefined();
          expect({ method: operation?.method, path: operation?.path }).toEqual({ method, path: pathOf(file) });
          return `${method} ${pathOf(file)}`;
        });
    }),
  );
  const listed = Object.values<Operation>(operations).map((o) => `${o.method} ${o.path}`);
  expect(served.flat().toSorted()).toEqual(listed.toSorted());
  expect(new Set(listed).size).toBe(listed.length);
}, 30_000);

test('whatever changes something needs more than looking, and says nothing to a cache', () => {
  for (const operation of Object.values<Operation>(operations)) {
    if (operation.own) expect(operation.path).toMatch(/^\/me\//);
    else if (operation.method !== 'GET' && operation.changes !== false)
      expect(operation.permission).toMatch(/operate|approve|administer/);
    if (operation.permission === null) expect(operation.path).toBe('/openapi.json');
  }
});

test('the document names every operation with its parameters, body and answer', () => {
  const document = openApi() as { paths: Record<string, Record<string, Record<string, unknown>>> };
  const described = Object.entries(document.paths).flatMap(([path, byMethod]) =>
    Object.entries(byMethod).map(([method, entry]) => ({ path, method: method.toUpperCase(), entry })),
  );
  expect(described).toHaveLength(Object.keys(operations).length);
  for (const { path, entry } of described) {
    const named = (entry.parameters as { in: string; name: string }[])
      .filter((p) => p.in === 'path')
      .map((p) => p.name);
    expect(named).toEqual([...path.matchAll(/\{(\w+)\}/g)].map((m) => m[1]));
  }
  const put = document.paths['/features/{key}']?.put as {
    requestBody: { content: Record<string, { schema: unknown }> };
  };
  expect(Object.keys(put.requestBody.content)).toEqual(['application/json', 'application/yaml']);
  expect(put.requestBody.content['application/json']?.schema).toMatchObject({
    type: 'object',
    required: ['key', 'owner', 'versions', 'baseline'],
    additionalProperties: false,
  });
  const list = document.paths['/rollouts']?.get as { parameters: unknown[] };
  expect(list.parameters).toContainEqual(expect.objectContaining({ name: 'state', in: 'query', required: false }));
  // A plain document: what cannot be written as JSON would be lost on the way out.
  expect(JSON.parse(JSON.stringify(document))).toEqual(document);
});

test('examples of the document are taken as they stand, and every body of a drill has one', () => {
  for (const operation of Object.values<Operation>(operations)) {
    const body = operation.accepts ?? operation.input;
    if (operation.example !== undefined)
      expect(body?.safeParse(operation.example).error, operation.path).toBeUndefined();
    if (body && /drill/.test(operation.path)) expect(operation.example, operation.path).toBeDefined();
  }
});
