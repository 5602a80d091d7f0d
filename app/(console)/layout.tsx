import type { ReactNode } from 'react';
import { environmentsOf } from '@/app/ui/frame/environments';
import { Header } from '@/app/ui/frame/header';
import headerStyles from '@/app/ui/frame/header.module.css';
import { LiveProvider } from '@/app/ui/frame/live.client';
import { readPreferences } from '@/app/ui/frame/preferences';
import { attempt, valueOr } from '@/app/ui/page/attempt';
import { ClockProvider } from '@/app/ui/text/clock.client';
import { holds } from '@/lib/access/authorise';
import { zoneOffset } from '@/lib/chart/time';
import { getAutomation } from '@/lib/event/setting';
import { now, pageContext } from '@/lib/wiring';
import { Icon } from '../ui/icon';
import styles from './layout.module.css';

export default async function ConsoleLayout({ children }: { children: ReactNode }) {
  const ctx = await pageContext();
  const [preferences, automation, environments] = await Promise.all([
    readPreferences(),
    attempt(getAutomation(ctx.db)),
    environmentsOf(ctx),
  ]);
  const at = now().getTime();
  const stop = valueOr(automation, { stopped: false, reason: null, by: null, at: null });
  return (
    <ClockProvider now={at} zone={preferences.zone}>
      <LiveProvider>
        <a className={styles.skip} href="#content">
          Skip to the content
        </a>
        <Header
          actor={ctx.actor}
          preferences={preferences}
          offset={zoneOffset(at, preferences.zone)}
          environments={environments}
          automation={stop}
          mayOperate={holds(ctx.actor, 'operate')}
        />
        {stop.stopped ? (
          <div className={headerStyles.stopped} role="note">
            <Icon name="stop" />
            <span>
              <strong>Everything automatic is stopped</strong>
              {stop.by ? ` by ${stop.by}` : ''}
              {stop.reason ? `: ${stop.reason}` : ''}. Belay watches and judges; it changes nothing by itself.
            </span>
          </div>
        ) : null}
        <main id="content" className={styles.main} tabIndex={-1}>
          {children}
        </main>
      </LiveProvider>
    </ClockProvider>
  );
}
