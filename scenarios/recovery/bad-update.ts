// UPDATE without WHERE. Not here: how the transaction is found (src/backup/locate).
import type {Drill} from '../../src/model/drill.ts'

export const badUpdate = {
  name: 'bad-update',
  kind: 'restore',
  summary: 'UPDATE without WHERE under load; hl finds the transaction by the logged statement and the rows it changed',
  expectation:
    'The log says when such a statement ran, the WAL which transaction changed the rows; the restore ends just before its commit. Every write acknowledged before it is there, nothing after it.',
  nature: 'drill',
  archive: 'command',
  load: {},
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
} as const satisfies Drill
