/** What faces answer, as types for client leaves: nothing of a face itself reaches a browser. */
export type { KeyView, NewKey, PersonView } from '@/lib/access/access';
export type { BacktestView } from '@/lib/backtest/model';
export type { FieldError } from '@/lib/errors';
export type { Automation } from '@/lib/event/setting';
export type { DeliveryView } from '@/lib/plane/deliveries';
