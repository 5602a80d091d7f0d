/** YAML 1.2 from outside: one document, no aliases, no tags, no depth that could end the process. */
import { Lexer, Parser, parseDocument } from 'yaml';
import { badInput } from './errors';

/** As deep as `parseInput` goes; any plan is far flatter. */
export const deepest = 64;

/**
 * JSON is YAML too. `field` is what complaints are about.
 * @throws BelayError bad_input, with the line and column
 */
export function readYaml(text: string, field: string): unknown {
  const wrong = (message: string) => badInput([{ field, message }]);
  if (isTooDeep(text)) throw wrong('is nested too deeply');
  const document = parseDocument(text, { version: '1.2', schema: 'core', uniqueKeys: true, stringKeys: true });
  const fault = document.errors[0];
  if (fault) {
    const place = fault.linePos?.[0];
    const where = place ? `line ${place.line}, column ${place.col}` : 'the text';
    throw wrong(`is not YAML: ${where}: ${fault.code.toLowerCase().replaceAll('_', ' ')}`);
  }
  try {
    // Aliases are refused outright: a short text could otherwise unfold to gigabytes.
    return document.toJS({ maxAliasCount: 0 });
  } catch {
    throw wrong('uses YAML aliases, which are not read here');
  }
}

/**
 * The yaml package recurses, and relies on catching the overflow. That is no refuge: a regular expression that V8
 * compiles near the end of the stack ends the process. Its CST parser keeps a stack of its own, so depth shows there.
 */
function isTooDeep(text: string): boolean {
  const parser = new Parser();
  for (const lexeme of new Lexer().lex(text)) {
    for (const _ of parser.next(lexeme)) {
      // Only the stack is of interest.
    }
    // A document and its innermost scalar stand on it too.
    if (parser.stack.length > deepest + 2) return true;
  }
  return false;
}
