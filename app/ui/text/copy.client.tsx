'use client';
import { useState } from 'react';
import { toClipboard } from '@/app/ui/chart/range.client';
import { Icon } from '@/app/ui/icon';
import { Scroll } from '@/app/ui/page/scroll';

/** Text to copy, always also there to select by hand. */
export function CopyBlock({ text, label }: { text: string; label: string }) {
  const [said, setSaid] = useState('Copy');
  return (
    <div style={{ position: 'relative', minWidth: 0 }}>
      <Scroll className="code" label={label}>
        <pre>{text}</pre>
      </Scroll>
      <button
        type="button"
        className="button small"
        style={{ position: 'absolute', top: 8, right: 8 }}
        aria-label={`Copy: ${label}`}
        onClick={async () => {
          setSaid((await toClipboard(text)) ? 'Copied' : 'Select and copy by hand');
          setTimeout(() => setSaid('Copy'), 2500);
        }}
      >
        <Icon name="copy" size={12} />
        {said}
      </button>
    </div>
  );
}
