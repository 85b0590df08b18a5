// The backup lies on the timeline before a switchover, the damage on the one after it. Not here: which WAL leads from
// one to the other (src/backup/wal).
import type {Scenario} from '../../src/model/scenario.ts'

export const acrossTimelines = {
  name: 'across-timelines',
  kind: 'recovery',
  summary: 'a switchover lies between the backup and the DROP TABLE; the restore follows the WAL across it',
  rationale:
    'The archive has no gap at the switch: the old timeline up to it, its history, and the new one. Every write ' +
    'acknowledged before the DROP is there.',
  expect: {kind: 'recovery'},
  failover: 'allowed',
  clusters: [
    {name: 'main', settings: {}, archive: 'command'},
    {name: 'restored', settings: {}, archive: 'command'},
  ],
  load: {pinnedWritesPerSecond: 0, deadlineMs: 15_000},
  steps: [
    {kind: 'hold', forMs: 3_000, as: 'baseline'},
    {kind: 'backup', backup: 'full'},
    {kind: 'hold', forMs: 3_000, as: 'baseline'},
    {kind: 'switchover'},
    {kind: 'hold', forMs: 8_000, as: 'baseline'},
    {kind: 'disaster', disaster: {kind: 'drop-table'}},
    {kind: 'hold', forMs: 2_000, as: 'aftermath'},
    {kind: 'restore', target: 'before-disaster', into: 'new-lab'},
  ],
  objectives: {rtoMsMax: 300_000, lostWritesMax: 0},
} as const satisfies Scenario
