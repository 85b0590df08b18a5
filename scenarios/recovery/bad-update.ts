// UPDATE without WHERE. Not here: how the transaction is found (src/backup/locate).
import type {Scenario} from '../../src/model/scenario.ts'

export const badUpdate = {
  name: 'bad-update',
  kind: 'recovery',
  summary: 'UPDATE without WHERE under load; hl finds the transaction by the logged statement and the rows it changed',
  rationale:
    'The log says when such a statement ran, and the WAL says which transaction changed the rows; the restore ' +
    'ends just before its commit. Every write acknowledged before it is there, and none after it.',
  expect: {kind: 'recovery'},
  failover: 'allowed',
  clusters: [
    {name: 'main', settings: {}, archive: 'command'},
    {name: 'restored', settings: {}, archive: 'command'},
  ],
  load: {pinnedWritesPerSecond: 0},
  steps: [
    {kind: 'hold', forMs: 3_000, as: 'baseline'},
    {kind: 'backup', backup: 'full'},
    {kind: 'hold', forMs: 3_000, as: 'baseline'},
    {kind: 'backup', backup: 'incremental'},
    {kind: 'hold', forMs: 3_000, as: 'baseline'},
    {kind: 'disaster', disaster: {kind: 'update-without-where'}},
    {kind: 'hold', forMs: 3_000, as: 'aftermath'},
    {kind: 'restore', target: 'before-disaster', into: 'new-lab'},
  ],
  objectives: {rtoMsMax: 300_000, lostWritesMax: 0},
} as const satisfies Scenario
