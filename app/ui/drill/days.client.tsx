'use client';
/** How many days back counts as lately. */
import { useRouter } from 'next/navigation';
import { useId, useState } from 'react';
import { withQuery } from '@/app/ui/page/query';

export function DaysField({ days, query }: { days: number; query: Record<string, string> }) {
  const router = useRouter();
  const id = useId();
  const [typed, setTyped] = useState(String(days));
  const go = () => {
    const wanted = Number(typed);
    if (Number.isInteger(wanted) && wanted > 0 && wanted <= 3650 && wanted !== days)
      router.push(`${withQuery('/drills', query, { days: String(wanted) })}#coverage`);
  };
  return (
    <form
      className="row"
      onSubmit={(e) => {
        e.preventDefault();
        go();
      }}
    >
      <label htmlFor={id} className="small">
        or days
      </label>
      <input
        id={id}
        inputMode="numeric"
        style={{ width: 64, minHeight: 26 }}
        value={typed}
        onChange={(e) => setTyped(e.target.value)}
        onBlur={go}
      />
    </form>
  );
}
