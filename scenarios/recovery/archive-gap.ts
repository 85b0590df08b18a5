// A segment is missing in the middle of the archive. Not here: how gaps are found (src/backup/wal).
import type {Scenario} from '../../src/model/scenario.ts'

export const archiveGap = {
  name: 'archive-gap',
  kind: 'recovery',
  summary:
    'a WAL segment between the backup and the end is gone from the archive; ' +
    'hl must refuse the restore and leave the lab as it is',
  rationale:
    'hl names the missing segment and refuses before it makes anything: PostgreSQL itself would end recovery at ' +
    'the gap, promote, and report success.',
  expect: {kind: 'refusal', code: 'ARCHIVE_GAP', saying: 'lacks \\d+ segments? of WAL .*[0-9A-F]{24}'},
  failover: 'allowed',
  clusters: [
    {name: 'main', settings: {}, archive: 'command'},
    {name: 'restored', settings: {}, archive: 'command'},
  ],
  load: {pinnedWritesPerSecond: 0},
  steps: [
    {kind: 'hold', forMs: 2_000, as: 'baseline'},
    {kind: 'backup', backup: 'full'},
    {kind: 'hold', forMs: 3_000, as: 'baseline'},
    {kind: 'sabotage', sabotage: {kind: 'segment-missing', when: 'before-plan'}},
    {kind: 'restore', target: 'latest', into: 'new-lab'},
  ],
  objectives: {},
} as const satisfies Scenario
