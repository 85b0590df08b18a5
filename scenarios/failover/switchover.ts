// A planned change of primary, as before maintenance. Not here: the call to Patroni (src/lab).
import type {Scenario} from '../../src/model/scenario.ts'

export const switchover = {
  name: 'switchover',
  kind: 'failover',
  summary: 'The primary hands over to the sync standby on request; no write may fail and none may wait long',
  rationale:
    'The old primary shuts down cleanly, the sync standby has everything and promotes at once. A write that meets ' +
    'the gap waits in the router instead of failing, hence the long deadline of the operations.',
  expect: {kind: 'recovery'},
  failover: 'required',
  clusters: [{name: 'main', settings: {synchronousMode: 'on'}, archive: 'none'}],
  load: {deadlineMs: 15_000},
  steps: [
    {kind: 'hold', forMs: 8_000, as: 'baseline'},
    {kind: 'switchover', to: {select: 'sync-standby'}},
    {kind: 'await', until: 'new-primary', withinMs: 60_000},
    {kind: 'await', until: 'writable', withinMs: 60_000},
    {kind: 'await', until: 'healthy', withinMs: 90_000},
    {kind: 'hold', forMs: 5_000, as: 'aftermath'},
  ],
  objectives: {lostWritesMax: 0, writeErrorsMax: 0, longestStallMsMax: 10_000},
} as const satisfies Scenario
