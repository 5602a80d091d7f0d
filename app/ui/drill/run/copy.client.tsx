'use client';
/** The report of a run, to hand on. */
import { useState } from 'react';
import { toClipboard } from '@/app/ui/chart/range.client';
import { Icon } from '@/app/ui/icon';

export function CopyReport({ text }: { text: string }) {
  const [said, setSaid] = useState('');
  const download = () => {
    const url = URL.createObjectURL(new Blob([text], { type: 'text/markdown' }));
    const link = document.createElement('a');
    link.href = url;
    link.download = 'drill.md';
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  };
  return (
    <>
      <button
        type="button"
        className="button small"
        onClick={async () => {
          setSaid((await toClipboard(text)) ? 'Copied' : 'Could not copy');
          setTimeout(() => setSaid(''), 2500);
        }}
      >
        <Icon name="copy" size={12} /> <span aria-live="polite">{said || 'Copy as Markdown'}</span>
      </button>
      <button type="button" className="button small" onClick={download}>
        <Icon name="download" size={12} /> Download
      </button>
    </>
  );
}
