// A byte of the backup is not what it was. Not here: bytes that change in a running node (corrupt-page.ts).
import type {Drill} from '../../src/model/drill.ts'

export const controlByteFlipped = {
  name: 'control-byte-flipped',
  kind: 'restore',
  summary: 'control: one byte of the stored backup is changed; the restore must not bring it back as data',
  expectation: 'The copy is compared with its manifest before PostgreSQL touches it, and the restore ends there.',
  nature: 'refusal',
  refusedWith: 'BACKUP_INVALID',
  refusedSaying: 'checksum mismatch for file',
  archive: 'command',
  load: {},
  steps: [
    {kind: 'hold', forMs: 2_000, as: 'baseline'},
    {kind: 'backup', backup: 'full'},
    {kind: 'hold', forMs: 3_000, as: 'baseline'},
    {kind: 'tamper', tampering: {kind: 'byte-flipped'}},
    {kind: 'restore', target: 'latest', into: 'new-lab'},
  ],
  objectives: {},
} as const satisfies Drill
