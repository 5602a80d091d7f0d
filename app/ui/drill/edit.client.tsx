'use client';
/** The text of a drill that is being written, the version that it began with, and what becomes of it. */
import { useRouter } from 'next/navigation';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useSend } from '@/app/ui/form/form.client';
import { orderKey } from '@/app/ui/form/send';
import { read, type YamlFault } from '@/app/ui/form/yaml-read';
import type { DrillView } from '@/lib/drill/model';
import { placeholdersIn } from '@/lib/template/model';
import { takenIn, theirsIn } from './merge';
import { drillIn } from './text';

/** What stands there as of a version. A new drill has none. */
export type Saved = { text: string; version: number };

export function useDrillText(id: string | null, saved: Saved) {
  const router = useRouter();
  const [text, setText] = useState(saved.text);
  /** what was put there last: anything else is somebody's work */
  const [base, setBase] = useState(saved);
  const [unfilled, setUnfilled] = useState<string[]>([]);
  const [key, setKey] = useState(orderKey);
  const [done, setDone] = useState(false);
  const { busy, refusal, run, clear } = useSend();
  const body = useMemo(() => read(text), [text]);
  const begin = (next: Saved, shown = next.text) => {
    clear();
    setBase(next);
    setText(shown);
  };
  useNews({ saved, base, text, onFollow: begin, onSame: setBase });
  const theirs = useMemo(
    () =>
      saved.version > base.version && text !== base.text
        ? theirsIn({ base: base.text, now: saved.text, mine: text })
        : null,
    [saved, base, text],
  );
  const submit = async () => {
    const left = placeholdersIn(text);
    setUnfilled(left);
    setDone(false);
    if (left.length > 0 || !body.ok) return;
    const sent = id
      ? await run<DrillView>('PUT', `/drills/${id}`, basedOn(body.value, base.version))
      : await run<DrillView>('POST', '/drills', body.value, { idempotencyKey: key });
    if (sent.ok) {
      setBase({ text, version: sent.body.version });
      if (id) setDone(true);
      else router.push(`/drills/${sent.body.id}`);
      return;
    }
    setKey(orderKey());
    // Somebody was faster: what they have saved comes with the page.
    if (sent.refusal.status === 409) router.refresh();
  };
  const broken: YamlFault | null = body.ok ? null : body.fault;
  const drill = useMemo(() => drillIn(text), [text]);
  return {
    text,
    setText: (next: string) => {
      setDone(false);
      setText(next);
    },
    replace: (next: string) => begin({ ...base, text: next }),
    drill,
    broken,
    unfilled,
    busy,
    refusal,
    saved: done,
    changed: text !== base.text,
    submit,
    /** what somebody else has saved while one was writing; null: nothing */
    theirs,
    takeIn: () => theirs && begin(saved, takenIn(text, theirs)),
    takeTheirs: () => begin(saved),
  };
}

/** What is no drill at all is refused as it stands. */
const basedOn = (value: unknown, version: number): unknown =>
  value !== null && typeof value === 'object' && !Array.isArray(value) ? { ...value, basedOn: version } : value;

/** What others save meanwhile is shown where it takes nobody's work away. */
function useNews(of: {
  saved: Saved;
  base: Saved;
  text: string;
  onFollow: (saved: Saved) => void;
  onSame: (saved: Saved) => void;
}): void {
  const { saved, base, text, onFollow, onSame } = of;
  const seen = useRef(saved.text);
  useEffect(() => {
    const other = seen.current !== saved.text;
    seen.current = saved.text;
    const newer = saved.version > base.version;
    if (text === base.text && (newer || (other && saved.version === base.version))) return onFollow(saved);
    // The same that was sent, in Belay's own words.
    if (other && saved.version === base.version) onSame(saved);
  });
}
