/** One word for one thing, in code, pages, API and docs. */
export const words: ReadonlyArray<readonly [string, string]> = [
  ['feature', 'What is rolled out; OpenTelemetry’s feature_flag.key.'],
  [
    'version',
    'The variant that served a request; feature_flag.result.variant. The baseline is the known-good one, the candidate the new one.',
  ],
  ['cohort', 'A named group of users or traffic, such as internal, beta or eu.'],
  ['segment', 'Environment × feature × version × cohort: the grain of everything shown and judged.'],
  ['stream', 'One OTLP metric stream, as the data model defines its identity.'],
  ['signal', 'What is measured of a segment over time.'],
  [
    'criterion',
    'A rule over signals: a guardrail (its failure rolls back), a success criterion (needed to widen) or a diagnostic (shown, never acted on).',
  ],
  ['outcome', 'Of one criterion in one cohort: pass, fail, not clear (with the reason) or no data.'],
  [
    'excess',
    'What the candidate has more of what is bad (or less of what is good) than the baseline would have had with the same traffic.',
  ],
  ['verdict', 'Of a rollout now: widen, hold or roll back, with the outcomes that led to it.'],
  [
    'backtest',
    'A recorded stretch, judged again with edited criteria by the code that judges live. It changes nothing, and says how far it is from what would have been.',
  ],
  ['decision', 'A verdict or a person’s order that was acted on; recorded for good.'],
  [
    'rollout',
    'A plan carried out: a list of stages, each of which exposes shares of cohorts. A gate is what must hold to leave a stage.',
  ],
  ['exposure', 'The share of a cohort that is served the candidate. The holdback always stays on the baseline.'],
  [
    'snapshot',
    'The recorded state of a feature in an environment: flags, exposure, configuration, migration steps and what the criteria measured. Taken before every start, widening and change, and on demand.',
  ],
  [
    'configuration',
    'Values that go with each version of a feature, in revisions. Going back makes a new revision with the old values.',
  ],
  [
    'migration',
    'A step that changes data or a schema for a version: expand, backfill, switch or contract, with the way back.',
  ],
  [
    'control plane',
    'What actually holds flag or traffic state: Belay’s own flags, or somebody else’s behind a webhook.',
  ],
  [
    'rollback',
    'The carrying out of a restore to a snapshot, step by step. It is verified when the control plane reads back, telemetry shows nobody on the candidate, every check holds and the criteria are back; anything else is not confirmed.',
  ],
  [
    'runbook',
    'What a rollback of a feature carries out, in versions: Belay’s own steps, and calls, checks and steps for people.',
  ],
  ['fence', 'A number that only grows: whoever is called refuses an order with a lower one than it has seen.'],
  [
    'taken back from a cohort',
    'A rollback of those cohorts in whom a guardrail failed, while all others go on. For them this rollout is over, and they leave its judging.',
  ],
  ['kill switch', 'The baseline for everyone in reach, over every rollout and override, at once.'],
  [
    'drill',
    'A rehearsal of a rollback: what misbehaves, who decides, how long each part may take, and when it is run. Its level says who takes part: people only (tabletop), simulated users (synthetic), or real ones (fault).',
  ],
  [
    'run',
    'A drill carried out once. It is proven only when what was recorded is back in full; else it failed, was aborted, or was interrupted by real trouble.',
  ],
  [
    'clock',
    'One of five parts of a run: detect, decide, actuate, propagate, recover. Recorded, pending, not applicable or invalid, each against its objective.',
  ],
  ['undo', 'What takes a drill’s fault away; written down before the fault. No undo, no fault.'],
  ['control cohort', 'Watched beside a drill: it must not be touched.'],
  [
    'readiness',
    'What proven drills say of a feature: when last, how fast, and how stale that is. Unknown is shown as unknown.',
  ],
  [
    'status page',
    'What people who run nothing are told of a rollout or an incident: inside, and to whoever has its public link.',
  ],
  [
    'update',
    'One thing that they are told. Belay drafts it from events, a person approves and sends it; then it is never changed.',
  ],
  [
    'post-mortem',
    'The report of a rollback, a partial rollback or a failed drill, drafted from what was recorded; or of any stretch of time that somebody names.',
  ],
  [
    'onset',
    'The moment from which telemetry shows the candidate to do worse than the baseline; an estimate, with its interval.',
  ],
  [
    'impact',
    'What the candidate cost beyond what the baseline would have met in the same minutes and cohorts, with an interval. What had no baseline beside it is not counted, and said.',
  ],
  [
    'seal',
    'A hash over the words, the evidence and the version before; once published, the history repeats it. What was changed behind it shows.',
  ],
  ['event', 'One entry of the append-only, hash-chained history.'],
];
