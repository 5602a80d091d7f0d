'use client';
import { useEffect, useState } from 'react';
import { send } from '@/app/ui/form/send';
import { Badge } from '@/app/ui/page/badge';

type Report = { ok: true; length: number } | { ok: false; seq: number; why: string };

/** Reads the whole chain again: once when the page is opened, then when asked. */
export function ChainCheck() {
  const [report, setReport] = useState<Report | 'checking' | { refused: string }>('checking');
  const [round, setRound] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another round checks again
  useEffect(() => {
    let gone = false;
    setReport('checking');
    void send<Report>('GET', '/events/verify').then((sent) => {
      if (!gone) setReport(sent.ok ? sent.body : { refused: sent.refusal.message });
    });
    return () => {
      gone = true;
    };
  }, [round]);
  return (
    <span className="row" role="status">
      {report === 'checking' ? (
        <Badge tone="plain" icon="clock">
          Checking the chain
        </Badge>
      ) : 'refused' in report ? (
        <Badge tone="plain" icon="no_data">
          Chain not checked: {report.refused}
        </Badge>
      ) : report.ok ? (
        <Badge tone="good" icon="check">
          Chain whole: {report.length.toLocaleString('en-GB')} {report.length === 1 ? 'event' : 'events'}
        </Badge>
      ) : (
        <Badge tone="bad" icon="alert">
          Chain broken at #{report.seq}: {report.why}
        </Badge>
      )}
      <button type="button" className="button small" onClick={() => setRound(round + 1)}>
        Check again
      </button>
    </span>
  );
}
