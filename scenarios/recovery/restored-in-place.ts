// A bad UPDATE, undone in the lab itself. Not here: the safety copy (src/lab/lifecycle).
import type {Scenario} from '../../src/model/scenario.ts'

export const restoredInPlace = {
  name: 'restored-in-place',
  kind: 'recovery',
  summary: 'UPDATE without WHERE under load; the lab is restored in place to just before it, and its old data is kept',
  rationale:
    'The members stop, the data is moved aside, Patroni takes the restored data over, the standbys are rebuilt. ' +
    'Every write acknowledged before the UPDATE is there, and none after it.',
  expect: {kind: 'recovery'},
  failover: 'allowed',
  clusters: [{name: 'main', settings: {}, archive: 'command'}],
  load: {pinnedWritesPerSecond: 0},
  steps: [
    {kind: 'hold', forMs: 3_000, as: 'baseline'},
    {kind: 'backup', backup: 'full'},
    {kind: 'hold', forMs: 3_000, as: 'baseline'},
    {kind: 'disaster', disaster: {kind: 'update-without-where'}},
    {kind: 'hold', forMs: 2_000, as: 'aftermath'},
    {kind: 'restore', target: 'before-disaster', into: 'in-place'},
  ],
  objectives: {rtoMsMax: 300_000, lostWritesMax: 0},
} as const satisfies Scenario
