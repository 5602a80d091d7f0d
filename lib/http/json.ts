/**
 * Where a text stops being JSON. `JSON.parse` decides whether it is; V8's messages say the place only
 * sometimes, so this scanner (RFC 8259 grammar, no values made) finds it for the answer.
 */
const space = /[ \t\n\r]*/y;
const escaped = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const word = /true|false|null/y;

/** Offset of the first character that cannot stand where it does; null when the text is JSON. */
export function jsonFault(text: string): number | null {
  let at = 0;
  const skip = (pattern: RegExp): boolean => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found) at = pattern.lastIndex;
    return found !== null;
  };
  const skipString = (): boolean => {
    if (text[at] !== '"') return false;
    at++;
    for (;;) {
      const c = text.charCodeAt(at);
      if (c === 0x22) {
        at++;
        return true;
      }
      // The end of the text is NaN, which is no character either.
      if (c === 0x5c ? !skip(escaped) : !(c >= 0x20)) return false;
      if (c !== 0x5c) at++;
    }
  };
  /** open brackets, innermost last: no recursion, so depth cannot break it */
  const open: Array<'{' | '['> = [];
  const key = (): boolean => {
    skip(space);
    if (!skipString()) return false;
    skip(space);
    if (text[at] !== ':') return false;
    at++;
    return true;
  };
  for (;;) {
    skip(space);
    const c = text[at];
    if (c === '{' || c === '[') {
      at++;
      skip(space);
      if (text[at] !== (c === '{' ? '}' : ']')) {
        open.push(c);
        if (c === '{' && !key()) return at;
        continue;
      }
      at++;
    } else if (!skipString() && !skip(number) && !skip(word)) return at;
    for (;;) {
      skip(space);
      const inside = open.at(-1);
      if (!inside) return at === text.length ? null : at;
      if (text[at] === ',') {
        at++;
        if (inside === '{' && !key()) return at;
        break;
      }
      if (text[at] !== (inside === '{' ? '}' : ']')) return at;
      at++;
      open.pop();
    }
  }
}

export function placeOf(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

/** How deep the brackets go, outside strings; right for JSON, and harmless for what is none. */
export function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const c = text.charCodeAt(at);
    if (quoted) {
      if (c === 0x5c) at++;
      else if (c === 0x22) quoted = false;
    } else if (c === 0x22) quoted = true;
    else if (c === 0x5b || c === 0x7b) {
      depth++;
      if (depth > deepest) deepest = depth;
    } else if (c === 0x5d || c === 0x7d) depth--;
  }
  return deepest;
}
