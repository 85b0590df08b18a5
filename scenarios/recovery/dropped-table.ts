// Somebody drops a table that is needed, and traffic goes on. Not here: how the transaction is found
// (src/backup/locate).
import type {Drill} from '../../src/model/drill.ts'

export const droppedTable = {
  name: 'dropped-table',
  kind: 'restore',
  summary: 'DROP TABLE under load; hl finds the transaction in the WAL and restores to just before it',
  expectation:
    'Every write acknowledged before the DROP is there, the table is as it was, and nothing that came after it. What was written between the DROP and the restore is lost: that is the collateral.',
  nature: 'drill',
  archive: 'command',
  load: {},
  steps: [
    {kind: 'hold', forMs: 3_000, as: 'baseline'},
    {kind: 'backup', backup: 'full'},
    {kind: 'hold', forMs: 5_000, as: 'baseline'},
    {kind: 'disaster', disaster: {kind: 'drop-table'}},
    {kind: 'hold', forMs: 3_000, as: 'aftermath'},
    {kind: 'restore', target: 'before-disaster', into: 'new-lab'},
  ],
  objectives: {rtoMsMax: 300_000, lostWritesMax: 0},
} as const satisfies Drill
