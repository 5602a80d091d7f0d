import Link from 'next/link';
import { Panel, StateNote } from '@/app/ui/page/panel';

export default function NotFound() {
  return (
    <Panel>
      <StateNote state="empty" action={<Link href="/">To the overview</Link>}>
        There is nothing at this address. It may have been a draft that was deleted.
      </StateNote>
    </Panel>
  );
}
