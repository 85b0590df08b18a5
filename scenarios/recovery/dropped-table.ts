// Somebody drops a table that is needed, and traffic goes on. Not here: how the transaction is found
// (src/backup/locate).
import type {Scenario} from '../../src/model/scenario.ts'

export const droppedTable = {
  name: 'dropped-table',
  kind: 'recovery',
  summary: 'DROP TABLE under load; hl finds the transaction in the WAL and restores to just before it',
  rationale:
    'The restored cluster holds every write acknowledged before the DROP and the table as it was, and nothing ' +
    'from after the DROP. Writes between the DROP and the restore are lost: they are the collateral.',
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
    {kind: 'hold', forMs: 5_000, as: 'baseline'},
    {kind: 'disaster', disaster: {kind: 'drop-table'}},
    {kind: 'hold', forMs: 3_000, as: 'aftermath'},
    {kind: 'restore', target: 'before-disaster', into: 'new-lab'},
  ],
  objectives: {rtoMsMax: 300_000, lostWritesMax: 0},
} as const satisfies Scenario
