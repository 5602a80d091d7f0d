'use client';
/** The next runs of a schedule that is being written, in its zone and the reader’s. */
import { useEffect, useState } from 'react';
import type { SchedulePreview } from '@/lib/drill/model';
import { DrillTimes } from './drill-times';
import { type Refusal, send } from './send';

const settleMs = 400;

export function DrillPreview(props: { schedule: unknown; environment: string; zone: string }) {
  const [preview, setPreview] = useState<SchedulePreview | null>(null);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const { zone } = props;
  const asked = JSON.stringify({ schedule: props.schedule, environment: props.environment || undefined });
  useEffect(() => {
    let gone = false;
    const timer = window.setTimeout(async () => {
      const query = new URLSearchParams({ zone, count: '8' });
      const sent = await send<SchedulePreview>('POST', `/drills/preview?${query}`, asked);
      if (gone) return;
      setRefusal(sent.ok ? null : sent.refusal);
      setPreview(sent.ok ? sent.body : null);
    }, settleMs);
    return () => {
      gone = true;
      window.clearTimeout(timer);
    };
  }, [asked, zone]);
  if (refusal)
    return (
      <div className="form-error" role="status">
        {refusal.fields.length === 0 ? refusal.message : null}
        {refusal.fields.map((f) => (
          <div key={`${f.field} ${f.message}`}>
            <code>{f.field}</code> {f.message}
          </div>
        ))}
      </div>
    );
  return preview ? <DrillTimes preview={preview} /> : <p className="quiet small">Looking for the next runs…</p>;
}
