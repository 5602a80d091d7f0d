/**
 * What is written for people who are not operators, from what was recorded. Pure. Two variants: one for the
 * organisation, one that strangers may read, which names no feature, version, cohort, criterion or person. Nothing is
 * said that the facts do not hold: why something was done is told in the words of who decided it, and only inside.
 */
import type { Moment, Standing } from './model';

export type StatusFacts = {
  feature: string;
  environment: string;
  /** the event that calls for an update */
  event: { seq: number; at: string; reason: string };
  candidate: string | null;
  baseline: string | null;
  stage: { name: string; number: number; of: number } | null;
  /** how much of each cohort is served the candidate, in percent */
  exposure: Record<string, number>;
  /** from whom it was taken back, where not from everybody */
  cohorts: string[];
  /** Belay's own verdict led to it: something was measured to be worse */
  measured: boolean;
  /** the event that began the return */
  decided: { seq: number; at: string } | null;
  /** what a person has marked, and for how long it went on until the event */
  incident: { reason: string; by: string; minutes: number } | null;
  /** of a rehearsal that failed: whether what it had changed is as it was */
  drill: { undone: boolean } | null;
  /** of a published report, for those who may read it */
  report: { title: string; impact: string[] } | null;
};

export type DraftedUpdate = {
  moment: Moment;
  headline: string;
  text: string;
  publicText: string;
  standing: Standing;
  nextAt: string | null;
  /** events, by seq */
  draftedFrom: number[];
};

type Told = Exclude<Moment, 'written'>;
type Lines = { headline: string; more: string[]; outside: string[]; standing: Standing; nextMinutes: number | null };

export function draftUpdate(moment: Told, facts: StatusFacts): DraftedUpdate {
  const { headline, more, outside, standing, nextMinutes } = telling[moment](facts);
  const nextAt =
    nextMinutes === null ? null : new Date(Date.parse(facts.event.at) + nextMinutes * 60_000).toISOString();
  return {
    moment,
    headline,
    text: [headline, ...more].filter((line) => line !== '').join('\n'),
    publicText: outside.join('\n'),
    standing,
    nextAt,
    draftedFrom: [
      ...(facts.decided && facts.decided.seq !== facts.event.seq ? [facts.decided.seq] : []),
      facts.event.seq,
    ],
  };
}

const whenNews = 'We will write again when there is news.';
const whenFurther = 'We will write again when it goes further, or stops.';
const outsideLater = 'We will write again on this page.';

const telling: Record<Told, (facts: StatusFacts) => Lines> = {
  started: (facts) => ({
    headline: `${change(facts)} has begun to be rolled out in ${place(facts)}${stageOf(facts)}.`,
    more: [reach(facts), 'Those users may notice the new version; all others notice nothing.', whenFurther],
    outside: [
      `We have begun to introduce a change, ${whom(facts)}.`,
      'If you are not among them, nothing changes for you.',
      outsideLater,
    ],
    standing: 'in_progress',
    nextMinutes: null,
  }),
  widened: (facts) => ({
    headline: `${change(facts)} now reaches more users in ${place(facts)}${stageOf(facts)}.`,
    more: [reach(facts), why(facts), whenFurther],
    outside: [`The change that we are introducing now reaches more of our users.`, outsideLater],
    standing: 'in_progress',
    nextMinutes: null,
  }),
  held: (facts) => ({
    headline: `The rollout of ${change(facts)} in ${place(facts)} is on hold.`,
    more: [reach(facts), why(facts), 'Nothing changes for users meanwhile: who has it keeps it, nobody else gets it.'],
    outside: [
      'We have paused the introduction of a change.',
      'Nothing changes for you meanwhile: who has it already keeps it.',
    ],
    standing: 'paused',
    nextMinutes: 60,
  }),
  resumed: (facts) => ({
    headline: `The rollout of ${change(facts)} in ${place(facts)} goes on${stageOf(facts)}.`,
    more: [reach(facts), why(facts), whenFurther],
    outside: ['The introduction of the change goes on, after a pause.', outsideLater],
    standing: 'in_progress',
    nextMinutes: null,
  }),
  rolled_back: (facts) => ({
    headline: `${change(facts)} is being taken back in ${place(facts)}: everybody gets ${earlier(facts)} again.`,
    more: [why(facts), 'Users who had it may have noticed; they change back within moments.'],
    outside: [
      facts.measured
        ? 'We noticed a problem with a change that we were introducing, and are taking it back.'
        : 'We have decided to take a change back that we were introducing.',
      'If you had it, you get what you had before again; you may have noticed something unusual until then.',
    ],
    standing: 'returning',
    nextMinutes: 30,
  }),
  partly_rolled_back: (facts) => ({
    headline: `${change(facts)} is being taken back from ${listed(facts.cohorts)} in ${place(facts)}; for others the rollout goes on.`,
    more: [why(facts), `Users there get ${earlier(facts)} again within moments.`],
    outside: [
      facts.measured
        ? 'We noticed a problem with a change for some of our users, and are taking it back for them.'
        : 'We have decided to take a change back for some of our users.',
      'If you are among them, you get what you had before again.',
    ],
    standing: 'returning',
    nextMinutes: 30,
  }),
  return_proven: (facts) => ({
    headline: `${capital(everyone(facts))} ${facts.cohorts.length > 0 ? 'are' : 'is'} back on ${earlier(facts)} in ${place(facts)}, and that is proven${took(facts)}.`,
    more: [
      'What is served, and what was measured, show it.',
      'Users notice what they knew from before. Nothing needs to be done.',
      'We will write again once the report of what happened is published.',
    ],
    outside: [
      `The change has been taken back${facts.cohorts.length > 0 ? ' for those users' : ''}, and our measurements show that things are as they were before.`,
      'You need not do anything. We will write again once we have looked into what happened.',
    ],
    standing: facts.cohorts.length > 0 ? 'in_progress' : 'returned',
    nextMinutes: null,
  }),
  return_unconfirmed: (facts) => ({
    headline: `The return of ${everyone(facts)} to ${earlier(facts)} in ${place(facts)} is ordered, but not shown to be complete.`,
    more: [why(facts), 'Some users may still meet the new version. Belay goes on trying, and people are on it.'],
    outside: [
      'We are taking a change back. We cannot say yet that this is complete: some of you may still meet it.',
      'We are working on it.',
    ],
    standing: 'unsure',
    nextMinutes: 15,
  }),
  finished: (facts) => ({
    headline: `${change(facts)} is rolled out in ${place(facts)}: it is what ${facts.cohorts.length > 0 ? 'all get' : 'everybody gets'} now${facts.cohorts.length > 0 ? `, but for ${listed(facts.cohorts)}` : ''}.`,
    more: [why(facts), 'This is the last update about it.'],
    outside: [
      `The change that we were introducing is complete${facts.cohorts.length > 0 ? ' for most of our users' : ''}.`,
      'This is the last update about it.',
    ],
    standing: 'finished',
    nextMinutes: null,
  }),
  published: (facts) => ({
    headline: facts.report
      ? `The report “${plain(facts.report.title, 160)}” is published.`
      : `The report of what happened to ${plain(facts.feature)} in ${place(facts)} is published.`,
    more: [...(facts.report?.impact ?? []), `It names what happened, what it cost and what will be done. ${whenNews}`],
    outside: [
      'We have looked into what happened, and have written down what we do so that it does not happen again.',
      'This is the last update about it.',
    ],
    standing: 'returned',
    nextMinutes: null,
  }),
  marked: (facts) => ({
    headline: `Something is wrong with ${plain(facts.feature)} in ${place(facts)}: ${wrong(facts)}`,
    more: [`${plain(facts.incident?.by ?? 'Somebody')} has marked it as an incident, and it is being looked into.`],
    outside: ['We have noticed a problem, and are looking into it.', outsideLater],
    standing: 'trouble',
    nextMinutes: 30,
  }),
  goes_on: (facts) => ({
    headline: `The incident of ${plain(facts.feature)} in ${place(facts)} still goes on${after(facts)}.`,
    more: [`What is wrong: ${wrong(facts)}`, 'It is being worked on.'],
    outside: ['The problem goes on. We are working on it.', outsideLater],
    standing: 'trouble',
    nextMinutes: 30,
  }),
  ended: (facts) => ({
    headline: `The incident of ${plain(facts.feature)} in ${place(facts)} is over${after(facts)}.`,
    more: [
      facts.event.reason.trim() === '' ? '' : `How it ended: ${sentence(plain(facts.event.reason, 400))}`,
      `What was wrong: ${wrong(facts)}`,
    ],
    outside: ['The problem is over.', 'If something still does not work for you, please tell us.'],
    standing: 'over',
    nextMinutes: null,
  }),
  drill_failed: (facts) => ({
    headline: `A rehearsal of taking ${plain(facts.feature)} back in ${place(facts)} failed.`,
    more: [
      why(facts),
      facts.drill?.undone
        ? 'It was a rehearsal: nothing had gone wrong, and what it had changed is as it was.'
        : 'It was a rehearsal: nothing had gone wrong.',
      'Had it been real, the return would not have been proven. Its report will say what is done about that.',
    ],
    outside: [],
    standing: 'over',
    nextMinutes: null,
  }),
};

/** A name from outside, as part of a sentence: one line, of a bounded length, with nothing that would hide or turn it. */
export function plain(name: string, most = 80): string {
  const letters = [...name.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+/gu, ' ').trim()];
  return letters.length > most ? `${letters.slice(0, most - 1).join('')}…` : letters.join('');
}

const quoted = (name: string) => `“${plain(name)}”`;
const place = ({ environment }: StatusFacts) => plain(environment);
const change = ({ candidate, feature }: StatusFacts) =>
  candidate === null ? plain(feature) : `${quoted(candidate)} of ${plain(feature)}`;
const earlier = ({ baseline }: StatusFacts) => (baseline === null ? 'what they had before' : quoted(baseline));
const everyone = ({ cohorts }: StatusFacts) => (cohorts.length > 0 ? listed(cohorts) : 'everybody');
const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
const why = ({ event }: StatusFacts) =>
  event.reason.trim() === '' ? '' : `Why: ${sentence(plain(event.reason, 400))}`;
const wrong = ({ incident }: StatusFacts) => sentence(plain(incident?.reason ?? '', 400) || 'nobody has said what');
const sentence = (text: string) => (/[.!?…]$/.test(text) ? text : `${text}.`);
const stageOf = ({ stage }: StatusFacts) =>
  stage ? `, stage ${quoted(stage.name)} (${stage.number} of ${stage.of})` : '';

/** “eu”, “beta” and 3 more */
function listed(names: string[]): string {
  const shown = names.slice(0, 4).map((name) => (name === '*' ? 'everybody' : quoted(name)));
  if (names.length > 4) return `${shown.join(', ')} and ${names.length - 4} more`;
  const last = shown.pop() ?? '';
  return shown.length > 0 ? `${shown.join(', ')} and ${last}` : last;
}

function reach({ exposure }: StatusFacts): string {
  const parts = Object.entries(exposure)
    .filter(([, share]) => share > 0)
    .map(([cohort, share]) => `${share} % of ${cohort === '*' ? 'all users' : quoted(cohort)}`);
  if (parts.length === 0) return '';
  const rest = parts.length > 5 ? ` and of ${parts.length - 5} more cohorts` : '';
  return `It reaches up to ${parts.slice(0, 5).join(', ')}${rest}.`;
}

const whom = ({ exposure }: StatusFacts) =>
  (exposure['*'] ?? 0) >= 100 ? 'for all of our users' : 'for some of our users first';

function after({ incident }: StatusFacts): string {
  if (!incident) return '';
  const { minutes } = incident;
  if (minutes < 1) return ', after less than a minute';
  if (minutes < 120) return `, after ${minutes} ${minutes === 1 ? 'minute' : 'minutes'}`;
  return `, after ${Math.round(minutes / 60)} hours`;
}

function took({ decided, event }: StatusFacts): string {
  if (!decided) return '';
  const minutes = Math.max(0, Date.parse(event.at) - Date.parse(decided.at)) / 60_000;
  if (minutes < 1) return ', less than a minute after it was decided';
  const whole = Math.round(minutes);
  return `, ${whole} ${whole === 1 ? 'minute' : 'minutes'} after it was decided`;
}
