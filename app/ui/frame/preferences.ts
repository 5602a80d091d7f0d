/** What this reader's browser remembers; any of it may be missing or wrong. */
import { cookies } from 'next/headers';
import { knownZone, type Zone } from '@/lib/chart/time';
import type { Theme } from './settings.client';

export type Preferences = { theme: Theme; zone: Zone; zoneMode: 'utc' | 'local'; browserZone: string | null };

export async function readPreferences(): Promise<Preferences> {
  const jar = await cookies();
  const theme = jar.get('belay_theme')?.value;
  const raw = jar.get('belay_zone')?.value;
  const browserZone = raw === undefined ? null : decoded(raw);
  const zoneMode = jar.get('belay_zone_mode')?.value === 'utc' ? 'utc' : 'local';
  return {
    theme: theme === 'light' || theme === 'dark' ? theme : 'auto',
    zone: zoneMode === 'utc' ? 'UTC' : knownZone(browserZone ?? undefined),
    zoneMode,
    browserZone,
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
