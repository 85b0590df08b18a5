// A segment goes after the plan was made. Not here: a gap that the plan sees (archive-gap.ts).
import type {Drill} from '../../src/model/drill.ts'

export const controlSegmentMissing = {
  name: 'control-segment-missing',
  kind: 'restore',
  summary: 'control: a WAL segment vanishes from the archive between the plan and the recovery',
  expectation:
    'The recovery must stop at the gap and say so. With a plain copy as restore_command PostgreSQL would end there, promote, and report success.',
  nature: 'refusal',
  refusedWith: 'RESTORE_FAILED',
  refusedSaying: '[0-9A-F]{24} is missing',
  archive: 'command',
  load: {},
  steps: [
    {kind: 'hold', forMs: 2_000, as: 'baseline'},
    {kind: 'backup', backup: 'full'},
    {kind: 'hold', forMs: 3_000, as: 'baseline'},
    {kind: 'tamper', tampering: {kind: 'segment-missing', when: 'after-plan'}},
    {kind: 'restore', target: 'latest', into: 'new-lab'},
  ],
  objectives: {},
} as const satisfies Drill
