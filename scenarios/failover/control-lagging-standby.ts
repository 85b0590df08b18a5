// A control: a cluster that is set up to lose writes, so that the check for lost writes has something to find. Not
// here: the check (src/measure).
import type {Scenario} from '../../src/model/scenario.ts'

export const controlLaggingStandby = {
  name: 'control-lagging-standby',
  kind: 'failover',
  summary:
    'Control: asynchronous, any lag may be promoted; the primary writes alone for 3 s and dies. Must come out as fail',
  rationale:
    'The primary keeps its lease and acknowledges writes that no standby receives. When it dies a standby of 3 s ' +
    'ago is promoted, and those writes are gone; a run that does not report them would prove the checks blind.',
  expect: {kind: 'failing-checks', checks: ['lost-writes']},
  failover: 'required',
  clusters: [
    {name: 'main', settings: {synchronousMode: 'off', maximumLagOnFailoverBytes: 1_073_741_824}, archive: 'none'},
  ],
  load: {},
  steps: [
    {kind: 'hold', forMs: 8_000, as: 'baseline'},
    {
      kind: 'inject',
      id: 'cut',
      fault: {kind: 'partition', target: {select: 'primary'}, from: ['members'], direction: 'both'},
    },
    {kind: 'hold', forMs: 3_000, as: 'fault'},
    {kind: 'inject', id: 'crash', fault: {kind: 'kill-container', target: {select: 'primary'}}},
    {kind: 'await', until: 'new-primary', withinMs: 60_000},
    {kind: 'await', until: 'writable', withinMs: 60_000},
    {kind: 'hold', forMs: 5_000, as: 'aftermath'},
    {kind: 'heal', id: 'all'},
    {kind: 'await', until: 'healthy', withinMs: 90_000},
  ],
  objectives: {lostWritesMax: 0},
} as const satisfies Scenario
