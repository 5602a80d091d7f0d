'use client';
/** What a person can order of a drill: start it now, pause or resume its schedule, put it away. */
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { Dialog } from '@/app/ui/form/dialog.client';
import { ReasonedOrder } from '@/app/ui/form/reasoned-order.client';
import { Icon, type IconName } from '@/app/ui/icon';
import type { RunView } from '@/lib/drill/model';

export type DrillOrder = 'start' | 'pause' | 'resume' | 'archive';
const orders: Record<DrillOrder, { label: string; icon: IconName; path: string; says: string; reason: string }> = {
  start: {
    label: 'Start now',
    icon: 'start',
    path: 'runs',
    says: 'A run begins now; its schedule is left alone. It can be aborted at any moment.',
    reason: 'Started by hand',
  },
  pause: {
    label: 'Pause',
    icon: 'hold',
    path: 'pause',
    says: 'No time of its schedule comes while it is paused, and none is owed afterwards. A run that is under way goes on.',
    reason: '',
  },
  resume: {
    label: 'Resume',
    icon: 'resume',
    path: 'resume',
    says: 'It goes on with the next time of its schedule.',
    reason: 'Resumed by hand',
  },
  archive: {
    label: 'Put away',
    icon: 'close',
    path: 'archive',
    says: 'It runs no more. What its runs have shown stays.',
    reason: '',
  },
};

export function DrillOrders({ id, offers }: { id: string; offers: DrillOrder[] }) {
  const [order, setOrder] = useState<DrillOrder | null>(null);
  return (
    <div className="row">
      {offers.map((offer) => (
        <button
          key={offer}
          type="button"
          className={`button ${offer === 'start' ? 'primary' : ''}`}
          onClick={() => setOrder(offer)}
        >
          <Icon name={orders[offer].icon} /> {orders[offer].label}
        </button>
      ))}
      <Dialog title={order ? orders[order].label : ''} open={order !== null} onClose={() => setOrder(null)}>
        {order ? <Ask key={order} id={id} order={order} onDone={() => setOrder(null)} /> : null}
      </Dialog>
    </div>
  );
}

function Ask({ id, order, onDone }: { id: string; order: DrillOrder; onDone: () => void }) {
  const router = useRouter();
  const { path, says, ...words } = orders[order];
  return (
    <ReasonedOrder<RunView>
      {...words}
      order={(reason, once) => ['POST', `/drills/${id}/${path}`, { reason }, once]}
      onDone={onDone}
      onSent={(run) => {
        if (order === 'start') router.push(`/drills/runs/${run.id}`);
      }}
    >
      <p>{says}</p>
    </ReasonedOrder>
  );
}
