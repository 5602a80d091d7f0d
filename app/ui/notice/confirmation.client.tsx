'use client';
import { Badge } from '@/app/ui/page/badge';
import { Ago } from '@/app/ui/text/clock.client';
import { Name, visible } from '@/app/ui/text/name';
/** Whether a shared mailbox is told, and what is to be done until it is. */
import type { AddressView, SharedMailboxView } from '@/lib/notice/model';
import { Unconfirmed } from './mailbox.client';

type Confirming = { of: SharedMailboxView; address: AddressView; allowed: boolean; mail: boolean };

export function Confirmation({ of: { told, confirmed, unconfirmed }, address, allowed, mail }: Confirming) {
  return (
    <div className="stack tight">
      {told ? (
        <p className="row small">
          <Badge tone="good">Confirmed</Badge>
          <span className="quiet">
            {confirmed ? (
              <>
                by <Name>{confirmed.by}</Name> <Ago at={confirmed.at} />
              </>
            ) : (
              'It was told before Belay asked for a code, and counts as confirmed'
            )}
            {unconfirmed ? '; it is told until the other one is confirmed' : ''}.
          </span>
        </p>
      ) : null}
      {unconfirmed && allowed ? (
        <Unconfirmed
          waiting={unconfirmed}
          mail={mail}
          given={null}
          path={`/notice-addresses/${address.id}`}
          label={`Confirm ${visible(unconfirmed.email)}`}
          hint="twelve letters and digits; whoever reads the mailbox has it"
        />
      ) : null}
      {unconfirmed && !allowed ? (
        <p className="row small">
          <Badge tone="warn">Not confirmed</Badge>
          <span>
            Nothing is told to <bdi>{visible(unconfirmed.email)}</bdi> before an administrator confirms it.
          </span>
        </p>
      ) : null}
    </div>
  );
}
