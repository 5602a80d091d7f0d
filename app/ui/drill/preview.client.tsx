'use client';
/** The next runs of a schedule that is being written, and what is wrong with it meanwhile. */
import { useEffect, useState } from 'react';
import { type Refusal, send } from '@/app/ui/form/send';
import type { SchedulePreview } from '@/lib/drill/model';
import { DrillTimes } from './times';

const settleMs = 400;
const shown = '6';

export type Previewed = { preview: SchedulePreview | null; refusal: Refusal | null; asking: boolean };

/** Asked again once nobody types any more. What was shown stays until then. */
export function usePreview(given: { schedule: unknown; environment: string; zone: string }): Previewed {
  const [state, setState] = useState<Previewed>({ preview: null, refusal: null, asking: true });
  const { zone } = given;
  const has = given.schedule !== null && typeof given.schedule === 'object';
  const asked = has ? JSON.stringify({ schedule: given.schedule, environment: given.environment || undefined }) : '';
  useEffect(() => {
    if (asked === '') {
      setState({ preview: null, refusal: null, asking: false });
      return;
    }
    let gone = false;
    setState((before) => ({ ...before, asking: true }));
    const timer = window.setTimeout(async () => {
      const query = new URLSearchParams({ zone, count: shown });
      const sent = await send<SchedulePreview>('POST', `/drills/preview?${query}`, asked);
      if (gone) return;
      setState({ preview: sent.ok ? sent.body : null, refusal: sent.ok ? null : sent.refusal, asking: false });
    }, settleMs);
    return () => {
      gone = true;
      window.clearTimeout(timer);
    };
  }, [asked, zone]);
  return state;
}

export function NextRuns({ preview, refusal, asking }: Previewed) {
  if (refusal)
    return (
      <p className="small quiet" role="status">
        {refusal.fields.length === 0 ? refusal.message : 'No times before the schedule is mended.'}
      </p>
    );
  if (preview) return <DrillTimes preview={preview} />;
  return <p className="small quiet">{asking ? 'Looking for the next runs…' : 'When somebody starts it.'}</p>;
}
