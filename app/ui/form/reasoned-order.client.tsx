'use client';
/** An order that is asked again: what it does, why it is given, and a way out. */
import { type ReactNode, useState } from 'react';
import { Icon, type IconName } from '@/app/ui/icon';
import { Field, FormError, useSend } from './form.client';
import { orderKey, type Refusal, type send } from './send';

type Once = { idempotencyKey: string };

type Order<T> = {
  /** of the button that gives it */
  label: string;
  icon?: IconName;
  busyLabel?: string;
  grave?: boolean;
  /** cannot be given as things stand */
  barred?: boolean;
  cancelLabel?: string;
  /** stands there to begin with, for whoever has no better one */
  reason?: string;
  reasonLabel?: string;
  reasonName?: string;
  /** names of what else is asked for; each shows itself what is wrong with it */
  asks?: string[];
  /** where Enter gives it, or where one types; left out: nowhere in particular */
  focus?: 'order' | 'reason';
  footClass?: string;
  order: (reason: string, once: Once) => Parameters<typeof send>;
  onSent?: (answer: T) => void;
  /** the dialog is to close: it has been given, or will not be */
  onDone: () => void;
  children: ReactNode | ((refusal: Refusal | null) => ReactNode);
};

/** The form in the dialog of an order. It is made anew each time that the dialog opens: that is one order. */
export function ReasonedOrder<T>(props: Order<T>) {
  const { busy, refusal, run } = useSend();
  const [reason, setReason] = useState(props.reason ?? '');
  const [idempotencyKey] = useState(orderKey);
  const { reasonName = 'reason', children } = props;
  const submit = async () => {
    const sent = await run<T>(...props.order(reason, { idempotencyKey }));
    if (!sent.ok) return;
    props.onDone();
    props.onSent?.(sent.body);
  };
  return (
    <form
      className="stack"
      onSubmit={(e) => {
        e.preventDefault();
        void submit();
      }}
    >
      {typeof children === 'function' ? children(refusal) : children}
      <ReasonField
        label={props.reasonLabel}
        name={reasonName}
        reason={reason}
        onChange={setReason}
        refusal={refusal}
        focus={props.focus === 'reason'}
      />
      <FormError refusal={refusal} shown={[...(props.asks ?? []), reasonName]} />
      <div className={`row end ${props.footClass ?? ''}`}>
        <button type="button" className="button" onClick={props.onDone}>
          {props.cancelLabel ?? 'Cancel'}
        </button>
        <button
          type="submit"
          className={`button primary ${props.grave ? 'danger' : ''}`}
          data-focus={props.focus === 'order' || undefined}
          disabled={busy || props.barred}
        >
          {props.icon ? <Icon name={props.icon} /> : null}
          {busy ? (props.busyLabel ?? 'Working…') : props.label}
        </button>
      </div>
    </form>
  );
}

export function ReasonField(props: {
  label?: string | undefined;
  name?: string;
  reason: string;
  onChange: (reason: string) => void;
  refusal: Refusal | null;
  focus?: boolean;
}) {
  const { label = 'Why (kept in the history)', name = 'reason', reason, onChange, refusal, focus = false } = props;
  return (
    <Field label={label} name={name} refusal={refusal}>
      {(control) => (
        <input
          {...control}
          data-focus={focus || undefined}
          value={reason}
          onChange={(e) => onChange(e.target.value)}
          maxLength={500}
          required
        />
      )}
    </Field>
  );
}
