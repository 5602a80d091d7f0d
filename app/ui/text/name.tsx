/**
 * A name that came from outside. Isolated, because it may be right-to-left; cut short with the whole in its title,
 * because it may be endless; with control characters made visible, because they would hide.
 */
export function visible(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must be seen
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g, (c) =>
    c < ' ' ? String.fromCharCode(0x2400 + c.charCodeAt(0)) : '\ufffd',
  );
}

/** A name inside a sentence: one line of it at most. */
export function short(name: string): string {
  const letters = [...visible(name)];
  return letters.length > 48 ? `${letters.slice(0, 47).join('')}…` : letters.join('');
}

export function Name({ children, className = '' }: { children: string; className?: string }) {
  const text = visible(children);
  return (
    <bdi className={`name ${className}`} title={text}>
      {text}
    </bdi>
  );
}
