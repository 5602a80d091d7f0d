'use client';
import { useState } from 'react';

/** What cannot be taken back is asked twice, in the same place: a first press asks, a second one does it. */
export function TwiceButton(props: {
  /** what stands on it at first */
  children: string;
  label: string;
  /** what stands on the one that does it */
  sure: string;
  busy: boolean;
  onSure: () => Promise<unknown>;
}) {
  const [asking, setAsking] = useState(false);
  if (!asking)
    return (
      <button type="button" className="button small danger" aria-label={props.label} onClick={() => setAsking(true)}>
        {props.children}
      </button>
    );
  return (
    <>
      <button
        type="button"
        className="button small danger primary"
        disabled={props.busy}
        onClick={() => void props.onSure().then(() => setAsking(false))}
      >
        {props.sure}
      </button>
      <button type="button" className="button small" onClick={() => setAsking(false)}>
        Keep
      </button>
    </>
  );
}
