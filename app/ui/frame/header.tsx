import Link from 'next/link';
import type { Actor } from '@/lib/access/model';
import type { Automation } from '@/lib/event/setting';
import styles from './header.module.css';
import { LiveButton } from './live.client';
import { EnvironmentFilter, Navigation } from './navigation.client';
import type { Preferences } from './preferences';
import { ThemeButton, ZoneButton, ZoneMemory } from './settings.client';
import { Shortcuts } from './shortcuts.client';
import { StopButton } from './stop.client';

export function Header(props: {
  actor: Actor;
  preferences: Preferences;
  offset: string;
  environments: string[];
  automation: Automation;
  mayOperate: boolean;
}) {
  return (
    <header className={styles.header}>
      <div className={styles.inner}>
        <Link href="/" className={styles.mark} aria-label="Belay, to the overview">
          <Mark />
          <span>Belay</span>
        </Link>
        <Navigation />
        <div className={styles.right}>
          <EnvironmentFilter environments={props.environments} />
          <LiveButton />
          <ZoneButton mode={props.preferences.zoneMode} offset={props.offset} />
          <ZoneMemory known={props.preferences.browserZone} />
          <ThemeButton initial={props.preferences.theme} />
          <Shortcuts />
          <StopButton automation={props.automation} allowed={props.mayOperate} />
          <span className={styles.who} title={props.actor.kind === 'person' ? `Role: ${props.actor.role}` : undefined}>
            {props.actor.name}
          </span>
        </div>
      </div>
    </header>
  );
}

/** A figure of eight, the knot that holds a climber. */
function Mark() {
  return (
    <svg width="20" height="20" viewBox="0 0 20 20" aria-hidden="true" focusable="false">
      <path
        d="M10 10C6.5 7.2 5 6 5 4.4A3.4 3.4 0 018.4 1.5h3.2A3.4 3.4 0 0115 4.4C15 6 13.5 7.2 10 10s-5 4-5 5.6a3.4 3.4 0 003.4 2.9h3.2A3.4 3.4 0 0015 15.6C15 14 13.5 12.8 10 10z"
        fill="none"
        stroke="currentColor"
        strokeWidth="2"
        strokeLinejoin="round"
      />
      <circle cx="10" cy="10" r="1.6" fill="var(--accent)" stroke="var(--card)" strokeWidth="1" />
    </svg>
  );
}
