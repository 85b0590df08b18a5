// A byte of the backup is not what it was. Not here: bytes that change in a running node (corrupt-page.ts).
import type {Scenario} from '../../src/model/scenario.ts'

export const controlByteFlipped = {
  name: 'control-byte-flipped',
  kind: 'recovery',
  summary: 'control: one byte of the stored backup is changed; the restore must not bring it back as data',
  rationale: 'The copy is compared with its manifest before PostgreSQL touches it, and the restore ends there.',
  expect: {kind: 'refusal', code: 'BACKUP_INVALID', saying: 'checksum mismatch for file'},
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
    {kind: 'sabotage', sabotage: {kind: 'byte-flipped'}},
    {kind: 'restore', target: 'latest', into: 'new-lab'},
  ],
  objectives: {},
} as const satisfies Scenario
