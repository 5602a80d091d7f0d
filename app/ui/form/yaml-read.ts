/** YAML that somebody writes in a form: what it says, or where it stops being YAML. */
import { LineCounter, parseDocument } from 'yaml';

export type YamlFault = { line: number; message: string };

export function read(text: string): { ok: true; value: unknown } | { ok: false; fault: YamlFault } {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false });
  const [error] = document.errors;
  if (error) return { ok: false, fault: { line: counter.linePos(error.pos[0]).line, message: error.message } };
  try {
    // As the server does: a short text could otherwise unfold to gigabytes.
    return { ok: true, value: document.toJS({ maxAliasCount: 0 }) };
  } catch {
    return { ok: false, fault: { line: 1, message: 'uses YAML aliases, which are not read here' } };
  }
}
