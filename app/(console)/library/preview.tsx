/** What is in a template, in words. It was checked when it was saved, so that it reads as what it is. */

import { exposureText } from '@/app/ui/rollout/rail';
import styles from '@/app/ui/runbook/runbook.module.css';
import { RunbookSteps } from '@/app/ui/runbook/steps';
import { visible } from '@/app/ui/text/name';
import { criterionKindWords, measureWords } from '@/app/ui/text/words';
import { type CriterionInput, criterionInput } from '@/lib/criterion/model';
import { sectionNames } from '@/lib/postmortem/model';
import { runbookSteps } from '@/lib/runbook/model';
import { placeholders, placeholdersIn, postmortemBody, type TemplateView } from '@/lib/template/model';

export function Preview({ template }: { template: TemplateView }) {
  const words = placeholdersIn(JSON.stringify(template.body));
  return (
    <>
      <Body template={template} />
      {words.length > 0 ? (
        <div className={styles.list}>
          <strong>To be filled in</strong>
          <ul>
            {words.map((word) => (
              <li key={word}>
                <code>{visible(word)}</code> {placeholders[word]?.says}
              </li>
            ))}
          </ul>
        </div>
      ) : null}
    </>
  );
}

function Body({ template }: { template: TemplateView }) {
  if (template.kind === 'runbook') {
    const steps = runbookSteps.safeParse(template.body);
    return steps.success ? <RunbookSteps steps={steps.data} label={`Steps of ${template.name}`} /> : null;
  }
  if (template.kind === 'criteria') return <CriteriaList criteria={template.body} />;
  if (template.kind === 'drill') return <Drill body={template.body} />;
  if (template.kind === 'postmortem') return <Sections body={template.body} />;
  return <Plan body={template.body} />;
}

/** As they are written: Markdown that nobody has filled in says most as text. */
function Sections({ body }: { body: unknown }) {
  const read = postmortemBody.safeParse(body);
  if (!read.success) return null;
  return (
    <div className={styles.list}>
      {sectionNames.map((name) => {
        const text = read.data.sections[name];
        return text === undefined ? null : (
          <div key={name}>
            <strong>{name}</strong>
            <pre>{visible(text)}</pre>
          </div>
        );
      })}
    </div>
  );
}

type DrillParts = {
  level?: string;
  situation?: string;
  fault?: { share: number; status?: number | null; latencyMs?: number; expiresAfter: string } | null;
  blast?: { cohort: string; share?: number; minutes?: number } | null;
  decision?: { by: string; deadline?: string };
  schedule?: { cron: string } | null;
};

function Drill({ body }: { body: unknown }) {
  const { level = 'synthetic', situation, fault, blast, decision, schedule } = (body ?? {}) as DrillParts;
  const parts = [
    `Level: ${level}`,
    fault &&
      `${fault.share} % of requests${fault.status === null ? '' : ` fail with ${fault.status ?? 503}`}${fault.latencyMs ? `, ${fault.latencyMs} ms slower` : ''}, for ${fault.expiresAfter} at most`,
    blast && `Touches ${blast.share ?? 100} % of ${blast.cohort}, ${blast.minutes ?? 15} minutes at most`,
    decision?.by === 'person' ? `A person decides, within ${decision.deadline ?? '5m'}` : 'Decided by itself',
    schedule && `Schedule: ${schedule.cron}`,
  ];
  return (
    <>
      <ul className={styles.list} aria-label="The drill">
        {parts.flatMap((part) => (part ? [<li key={part}>{visible(part)}</li>] : []))}
      </ul>
      {situation ? (
        <p className={styles.list} style={{ whiteSpace: 'pre-line' }}>
          {visible(situation)}
        </p>
      ) : null}
    </>
  );
}

type PlanParts = {
  stages?: Array<{
    name: string;
    exposure: Record<string, number>;
    minDuration?: string;
    minSamples?: number;
    approval?: boolean;
  }>;
  criteria?: unknown;
  migrations?: Array<{ name: string; kind: string; description?: string }>;
  holdback?: number;
  mode?: string;
};

function Plan({ body }: { body: unknown }) {
  const plan = (body ?? {}) as PlanParts;
  const { stages = [], migrations = [] } = plan;
  return (
    <>
      <ol className={styles.list} aria-label="Stages">
        {stages.map((stage) => (
          <li key={stage.name}>
            <strong>{visible(stage.name)}</strong>: {visible(exposureText(stage.exposure, Number(plan.holdback ?? 10)))}
            <span className="quiet">
              {stage.minDuration ? `, at least ${visible(stage.minDuration)}` : ''}
              {stage.minSamples ? `, ${stage.minSamples} samples` : ''}
              {stage.approval ? ', left with an approval' : ''}
            </span>
          </li>
        ))}
      </ol>
      <CriteriaList criteria={plan.criteria} />
      {migrations.length > 0 ? (
        <ul className={styles.list} aria-label="Migrations">
          {migrations.map((m) => (
            <li key={m.name}>
              <strong>{visible(m.name)}</strong> <span className="quiet">{m.kind}</span> {visible(m.description ?? '')}
            </li>
          ))}
        </ul>
      ) : null}
      {plan.mode === 'observe' ? (
        <p className={styles.list}>It only observes: it says what it would do, and changes nothing.</p>
      ) : null}
    </>
  );
}

function CriteriaList({ criteria }: { criteria: unknown }) {
  const list = (Array.isArray(criteria) ? criteria : []) as CriterionInput[];
  return (
    <ul className={styles.list} aria-label="Criteria">
      {list.map((given) => {
        const read = criterionInput.safeParse(given);
        if (!read.success) return null;
        const { name, kind, measure, metric, against, margin } = read.data;
        return (
          <li key={name}>
            <strong>{visible(name)}</strong>{' '}
            <span className="quiet">
              {criterionKindWords[kind].label.toLowerCase()}, {measureWords[measure].label.toLowerCase()} of
            </span>{' '}
            <code>{visible(metric)}</code>{' '}
            <span className="quiet">
              {against === 'baseline'
                ? `against the baseline${margin ? `, within ${margin}` : ''}`
                : `against ${against.threshold}`}
            </span>
          </li>
        );
      })}
    </ul>
  );
}
