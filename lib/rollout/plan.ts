/** A plan from outside: YAML or JSON text, or a value that was parsed already. */
import { parseAllDocuments } from 'yaml';
import { badInput } from '@/lib/errors';
import { parseInput } from '@/lib/input';
import { type Plan, planInput } from './model';

const longestText = 256 * 1024;

/** @throws BelayError bad_input, with fields such as `stages[1].exposure.beta` */
export function parsePlan(input: unknown): Plan {
  return parseInput(planInput, typeof input === 'string' ? readText(input) : input);
}

/** YAML 1.2 is a superset of JSON. No aliases (they can unfold without bound), no tags, one document. */
function readText(text: string): unknown {
  const wrong = (message: string) => badInput([{ field: 'plan', message }]);
  if (text.length > longestText) throw wrong(`is longer than ${longestText / 1024} KiB`);
  const documents = parseAllDocuments(text, { schema: 'core', uniqueKeys: true, stringKeys: true, logLevel: 'silent' });
  const [document, ...more] = 'empty' in documents ? [] : documents;
  if (!document) throw wrong('is empty');
  const error = document.errors[0];
  if (error) {
    const where = error.linePos?.[0];
    throw wrong(`${where ? `line ${where.line}, column ${where.col}: ` : ''}${error.message.split('\n')[0]}`);
  }
  if (more.length > 0) throw wrong('holds more than one document');
  try {
    return document.toJS({ maxAliasCount: 0 });
  } catch {
    throw wrong('uses an alias; write the value out');
  }
}
