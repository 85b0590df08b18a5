// A segment is missing in the middle of the archive. Not here: how gaps are found (src/backup/wal).
import type {Drill} from '../../src/model/drill.ts'

export const archiveGap = {
  name: 'archive-gap',
  kind: 'restore',
  summary:
    'a WAL segment between the backup and the end is gone from the archive; the restore must be refused, and the lab stay as it is',
  expectation:
    'hl names the missing segment and refuses before it makes anything: PostgreSQL itself would end recovery at the gap, promote, and report success.',
  nature: 'refusal',
  refusedWith: 'ARCHIVE_GAP',
  refusedSaying: 'lacks \\d+ segments? of WAL .*[0-9A-F]{24}',
  archive: 'command',
  load: {},
  steps: [
    {kind: 'hold', forMs: 2_000, as: 'baseline'},
    {kind: 'backup', backup: 'full'},
    {kind: 'hold', forMs: 3_000, as: 'baseline'},
    {kind: 'tamper', tampering: {kind: 'segment-missing', when: 'before-plan'}},
    {kind: 'restore', target: 'latest', into: 'new-lab'},
  ],
  objectives: {},
} as const satisfies Drill
