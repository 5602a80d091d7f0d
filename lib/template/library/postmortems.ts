/** Post-mortems that come with Belay: what people start from beside the draft. The facts are drafted; these ask for the rest. */
import type { PostmortemBody } from '../model';

export type BuiltinPostmortem = { id: string; name: string; description: string; body: PostmortemBody };

export const postmortems: BuiltinPostmortem[] = [
  {
    id: 'postmortem-standard',
    name: 'Standard',
    description:
      'For a rollback that users noticed. Belay has drafted what happened, whom it met and what carried the harm; this asks for what only people know: why it could happen, and what is learnt. Answer or delete every question before it is published.',
    body: {
      sections: {
        trigger: `### What set it off
_Which change, and what had to be there already for it to do harm? Name the change, not a person._`,
        resolution: `### How it was ended
_What was done besides the rollback: by whom, in which order, and what turned out not to be needed?_`,
        factors: `### Contributing factors
_What made it possible, worse, or longer? Several, none of them “human error”: what made the mistake easy, or its effect large?_

-

### Why it was not found before
_Which test, review, stage or criterion could have shown it, and why did it not?_

-`,
        well: `### What helped
_What would have been worse without: a criterion, a drill, a habit, somebody who asked?_

-`,
        wrong: `### What did not help
_What was slow, missing, misleading or done twice?_

-`,
        lucky: `### Where we were lucky
_What was not planned and still kept it small? Luck is a missing safeguard: give each an action item._

-`,
        lessons: `### What we know now
_What would you tell another team that is about to do the same?_

-

### Before it is published
- Is the impact complete, for those too whom telemetry does not see?
- Does the cause go as deep as it can be changed?
- Does every lesson have an action item with an owner and a date, in proportion to the harm?
- Who outside the team needs to read it?`,
      },
    },
  },
  {
    id: 'postmortem-short',
    name: 'Short',
    description:
      'For a cohort that was taken back before anybody complained. Three questions, ten minutes. Take the standard one when users were harmed, or when it is not the first time.',
    body: {
      sections: {
        trigger: '_Which change set it off, in one sentence?_',
        factors: `_What let it come so far: which test, review or stage should have shown it?_

-`,
        lessons: `_What is done differently from now on? Give it an action item, or say why none is worth it._

-`,
      },
    },
  },
  {
    id: 'postmortem-drill',
    name: 'Failed drill',
    description:
      'For a rehearsal that did not end in a proven return. Nobody was harmed, so what counts is what would have happened. Be as thorough as if it had been real, and run the drill again once the actions are done.',
    body: {
      sections: {
        summary: '_Had it been real: who would have noticed, when, and what would it have cost?_',
        trigger: `### Where it got stuck
_At which step did the rehearsal leave the plan: noticing, deciding, switching, reaching everybody, or proving?_`,
        factors: `### Why
_Was it the system, the runbook, the drill itself (its fault, its objectives), or that nobody had done it before?_

-`,
        wrong: `### What the runbook did not say
_Which step was missing, wrong or out of date? Who had to be asked?_

-`,
        lessons: `### Until the next one
_What has to be true before it is drilled again, and on which day is that?_

-`,
      },
    },
  },
];
