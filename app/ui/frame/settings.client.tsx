'use client';
/** What a reader sets for this browser: theme and zone. Kept in cookies, so that the first draw is right. */
import { useRouter } from 'next/navigation';
import { useEffect, useState } from 'react';
import { Icon } from '@/app/ui/icon';

function remember(name: string, value: string): void {
  // biome-ignore lint/suspicious/noDocumentCookie: cookieStore is not in every browser that we support
  document.cookie = `${name}=${encodeURIComponent(value)}; path=/; max-age=31536000; samesite=lax`;
}

const themes = ['auto', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];
const themeIcons = { auto: 'auto', light: 'sun', dark: 'moon' } as const;

export function ThemeButton({ initial }: { initial: Theme }) {
  const [theme, setTheme] = useState(initial);
  const next = themes[(themes.indexOf(theme) + 1) % themes.length] ?? 'auto';
  return (
    <button
      type="button"
      className="button ghost small"
      aria-label={`Theme: ${theme}. Press for ${next}`}
      title={`Theme: ${theme}`}
      onClick={() => {
        setTheme(next);
        remember('belay_theme', next);
        if (next === 'auto') delete document.documentElement.dataset.theme;
        else document.documentElement.dataset.theme = next;
      }}
    >
      <Icon name={themeIcons[theme]} />
    </button>
  );
}

/** Tells the server this browser's zone, once; the page is drawn again where that changes anything. */
export function ZoneMemory({ known }: { known: string | null }) {
  const router = useRouter();
  useEffect(() => {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if (!zone || zone === known) return;
    remember('belay_zone', zone);
    if (zone !== 'UTC') router.refresh();
  }, [known, router]);
  return null;
}

export function ZoneButton({ mode, offset }: { mode: 'utc' | 'local'; offset: string }) {
  const router = useRouter();
  return (
    <button
      type="button"
      className="button ghost small"
      title={mode === 'utc' ? 'Times are UTC. Press for local time' : 'Times are local. Press for UTC'}
      aria-label={`Times are ${mode === 'utc' ? 'UTC' : `local, ${offset}`}. Press for ${mode === 'utc' ? 'local time' : 'UTC'}`}
      onClick={() => {
        remember('belay_zone_mode', mode === 'utc' ? 'local' : 'utc');
        const url = new URL(window.location.href);
        url.searchParams.delete('zone');
        window.history.replaceState(null, '', url);
        router.refresh();
      }}
    >
      <Icon name="clock" />
      {offset}
    </button>
  );
}
