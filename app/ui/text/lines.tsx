/** Words that a person has read or written: a line each, as text, with what would hide made visible. */
import { visible } from './name';

export function Lines({ text, className }: { text: string; className?: string }) {
  return (
    <div className={className}>
      {text.split(/\r?\n/).map((line, i) =>
        line.trim() === '' ? null : (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines have no other name and never move
          <p key={i} dir="auto">
            {visible(line)}
          </p>
        ),
      )}
    </div>
  );
}
