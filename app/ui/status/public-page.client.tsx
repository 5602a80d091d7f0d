'use client';
/** What a browser with scripts adds to a public page: the reader's own zone, and news without loading again. */
import { useRouter } from 'next/navigation';
import { useEffect, useState } from 'react';

/** In UTC as it comes from the server, so that it is right without scripts too; then in the reader's zone. */
export function LocalTime({ at, utc }: { at: string; utc: string }) {
  const [text, setText] = useState(utc);
  useEffect(() => {
    const format = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
    setText(`${format.format(new Date(at))} (${Intl.DateTimeFormat().resolvedOptions().timeZone})`);
  }, [at]);
  return (
    <time dateTime={at} title={utc}>
      {text}
    </time>
  );
}

export function Poll({ everyMs }: { everyMs: number }) {
  const router = useRouter();
  useEffect(() => {
    const look = async () => {
      if (document.hidden) return;
      const answer = await fetch(window.location.href, { method: 'HEAD', cache: 'no-store' }).catch(() => null);
      // While nobody answers, what is shown stays: a redraw that fails would put the browser's error in its place.
      if (answer && (answer.ok || answer.status === 404)) router.refresh();
    };
    const timer = window.setInterval(() => void look(), everyMs);
    return () => window.clearInterval(timer);
  }, [router, everyMs]);
  return null;
}
