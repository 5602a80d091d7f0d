/** The runbook that comes with Belay: what every rollback does that has no runbook of its own. */
import type { RunbookStep, RunbookUsed } from './model';

const steps: RunbookStep[] = [
  {
    act: 'restore',
    name: 'restore',
    title: 'Put flags, exposure and configuration back to the snapshot',
    expected: 'Nobody is given the version that is taken back, and the configuration is the one from before.',
    how: 'Evaluate the flag for a user who had the new version: the baseline is answered.',
  },
  {
    act: 'revert_migrations',
    name: 'revert-migrations',
    title: 'Revert the migrations of this rollout, newest first',
    expected: 'Every step that was applied for this rollout is reverted, or was declared irreversible and is left.',
    how: 'Look at the migrations of the rollout: none is applied any more.',
  },
  {
    act: 'integrity',
    name: 'integrity',
    title: 'Run the integrity checks',
    expected: 'Every check that the migrations and the plan declare holds.',
    how: 'Each check says what it found. One that fails is a rollback that failed: follow what it says to do.',
  },
  {
    act: 'read_back',
    name: 'read-back',
    title: 'Ask the control plane what it serves now',
    expected: 'It reads back as the snapshot, in every region.',
    how: 'Read the state of the control plane and compare it with the snapshot.',
  },
  {
    act: 'exposure',
    name: 'exposure',
    title: 'See in telemetry that nobody is exposed any more',
    expected: 'Requests still arrive, and none of them is served by the version that was taken back.',
    how: 'Look at the traffic by version on the page of the rollout.',
  },
  {
    act: 'criteria',
    name: 'criteria',
    title: 'See that the criteria are back inside the range of the snapshot',
    expected: 'Errors, latency and what else the plan watches are as they were before the rollout.',
    how: 'Compare the values of the criteria with those in the snapshot.',
  },
];

export const defaultRunbook: RunbookUsed = { id: null, name: 'Belay’s own', version: 0, steps };
