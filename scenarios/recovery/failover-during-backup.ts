// The primary dies while a backup is taken. Not here: what a backup that spans two timelines would need.
import type {Scenario} from '../../src/model/scenario.ts'

export const failoverDuringBackup = {
  name: 'failover-during-backup',
  kind: 'recovery',
  summary: 'the primary is killed in the middle of a base backup of a standby; later a table is dropped and restored',
  rationale:
    'The interrupted backup is complete, or it failed by name and is not in the catalog; every listed backup is ' +
    'whole. The next backup works, and the restore crosses the failover.',
  expect: {kind: 'recovery'},
  failover: 'allowed',
  clusters: [
    {name: 'main', settings: {}, archive: 'command'},
    {name: 'restored', settings: {}, archive: 'command'},
  ],
  load: {pinnedWritesPerSecond: 0, deadlineMs: 40_000},
  steps: [
    {kind: 'hold', forMs: 3_000, as: 'baseline'},
    {kind: 'backup', backup: 'full'},
    {kind: 'hold', forMs: 3_000, as: 'baseline'},
    {kind: 'backup-during-failover'},
    {kind: 'hold', forMs: 5_000, as: 'baseline'},
    {kind: 'disaster', disaster: {kind: 'drop-table'}},
    {kind: 'hold', forMs: 2_000, as: 'aftermath'},
    {kind: 'restore', target: 'before-disaster', into: 'new-lab'},
  ],
  objectives: {rtoMsMax: 300_000, lostWritesMax: 0},
} as const satisfies Scenario
