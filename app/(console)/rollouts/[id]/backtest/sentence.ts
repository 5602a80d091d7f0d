/** What a backtest comes to, in one sentence: what would have been, and how far that is from what was. */
import { short } from '@/app/ui/text/name';
import { gateWords, type Tone, verdictReasonWords } from '@/app/ui/text/words';
import type { BacktestView } from '@/app/ui/views';
import { formatDuration } from '@/lib/chart/format';
import { formatTime, type Zone } from '@/lib/chart/time';

type Sentence = { tone: Tone; text: string; rule: string | null };
type Turn = BacktestView['wouldHave'][number];
type Done = BacktestView['happened'][number];

const dayMs = 20 * 3_600_000;

/** A time of day where that is clear, and a date where it is not. */
export function clockOf(view: { from: string; to: string }, zone: Zone): (at: string) => string {
  const long = Date.parse(view.to) - Date.parse(view.from) > dayMs;
  return (at) => formatTime(Date.parse(at), zone, long ? 'full' : 'second');
}

const retreats: ReadonlyArray<Turn['action']> = ['roll_back', 'withdraw'];
const verb = (kind: string) => (kind === 'withdraw' ? 'taken a cohort back' : 'rolled back');

export function backtestSentence(view: BacktestView, zone: Zone): Sentence {
  const at = clockOf(view, zone);
  const whose = view.edited.length > 0 ? 'With these criteria' : 'With its own criteria';
  if (view.caveats.some((c) => c.kind === 'no_data'))
    return { tone: 'warn', text: 'There is no telemetry of this stretch, so nothing can be said.', rule: null };
  const would = view.wouldHave.find((t) => retreats.includes(t.action));
  const did = view.happened.find((h) => h.acted && retreats.includes(h.action));
  const said = view.happened.find((h) => !h.acted && retreats.includes(h.action));
  const rule = would?.deciding ? `${short(would.deciding.criterion)} fails${where(would)}` : null;
  if (would) {
    const beside = did ? besides(view, would, did) : said ? besides(view, would, said) : '; it did not';
    return {
      tone: 'bad',
      text: `${whose} Belay would have ${verb(would.action ?? '')} at ${at(would.at)}${beside}.`,
      rule,
    };
  }
  if (did)
    return {
      tone: 'plain',
      text: `${whose} Belay would not have rolled back; ${whoOf(did)} did at ${at(did.at)}.`,
      rule: lastWord(view, at),
    };
  const held = view.wouldHave.find((t) => t.action === 'hold');
  if (held) return { tone: 'warn', text: `${whose} Belay would have held at ${at(held.at)}.`, rule: saysWhy(held) };
  return { ...onwards(view, whose, at), rule: lastWord(view, at) };
}

/** Nothing was taken back and nothing would have been: when it would have gone on. */
function onwards(view: BacktestView, whose: string, at: (t: string) => string): Omit<Sentence, 'rule'> {
  const would = view.wouldHave.find((t) => t.action === 'widen' || t.action === 'complete');
  const did = view.happened.find((h) => h.acted && (h.action === 'widen' || h.action === 'complete'));
  if (!would) return { tone: 'plain', text: `${whose} Belay would have neither widened nor rolled back.` };
  const done = would.action === 'complete' ? 'completed' : 'widened';
  const beside = did ? besides(view, would, did) : '; it did not';
  return { tone: 'good', text: `${whose} Belay would have ${done} at ${at(would.at)}${beside}.` };
}

/** Live looks are up to a bin and the wait for it earlier than those of a backtest: within that it is the same. */
function besides(view: BacktestView, would: Turn, did: Done): string {
  const ms = Date.parse(would.at) - Date.parse(did.at);
  const near = (2 * view.resolution + 5) * 1000;
  const done = `${whoOf(did)} ${did.acted ? 'did' : 'said so, only observing'}`;
  if (Math.abs(ms) <= near) return `, when ${done}`;
  return `, ${formatDuration(Math.abs(ms))} ${ms < 0 ? 'earlier' : 'later'} than ${done}`;
}

const whoOf = (did: Done): string => (did.actor.kind === 'rule' ? 'it' : short(did.actor.name));
const where = (turn: Turn): string => (turn.deciding?.cohort ? ` in ${short(turn.deciding.cohort)}` : '');

export function saysWhy(turn: Turn): string {
  const named = turn.deciding ? `${short(turn.deciding.criterion)} fails${where(turn)}` : null;
  return named ?? verdictReasonWords[turn.reason];
}

/** "A criterion has no data, not enough samples yet" */
export function waitsFor(unmet: BacktestView['waits'][number]['unmet']): string {
  return unmet.map((reason) => gateWords[reason].unmet.replace(/^./, (c) => c.toLowerCase())).join(', ');
}

function lastWord(view: BacktestView, at: (t: string) => string): string | null {
  const last = view.wouldHave.at(-1);
  if (!last) return null;
  const wait = last.reason === 'gate_waits' ? view.waits.at(-1) : undefined;
  const since = wait && wait.at > last.at ? wait.at : last.at;
  return `Its last word, from ${at(since)} on: ${wait?.unmet.length ? waitsFor(wait.unmet) : saysWhy(last)}`;
}
