import type { ReactNode } from 'react';

/** What scrolls must be reachable by keyboard, and say what it is. */
export function Scroll({
  label,
  className = 'scroll',
  children,
}: {
  label: string;
  className?: string;
  children: ReactNode;
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys scroll it once it has the focus
    <section className={className} tabIndex={0} aria-label={label}>
      {children}
    </section>
  );
}
