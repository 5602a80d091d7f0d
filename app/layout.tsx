import type { Metadata, Viewport } from 'next';
import type { ReactNode } from 'react';
import './tokens.css';
import './base.css';
import { readPreferences } from './ui/frame/preferences';

export const metadata: Metadata = {
  title: { default: 'Belay', template: '%s · Belay' },
  description: 'Watches every step of a rollout, catches the fall, and practises falling.',
};
export const viewport: Viewport = { width: 'device-width', initialScale: 1, colorScheme: 'light dark' };

export default async function RootLayout({ children }: { children: ReactNode }) {
  const { theme } = await readPreferences();
  return (
    <html lang="en" data-theme={theme === 'auto' ? undefined : theme}>
      <body>{children}</body>
    </html>
  );
}
