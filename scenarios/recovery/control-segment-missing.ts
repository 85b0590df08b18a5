// A segment goes after the plan was made. Not here: a gap that the plan sees (archive-gap.ts).
import type {Scenario} from '../../src/model/scenario.ts'

export const controlSegmentMissing = {
  name: 'control-segment-missing',
  kind: 'recovery',
  summary: 'control: a WAL segment vanishes from the archive between the plan and the recovery',
  rationale:
    'The recovery must stop at the gap and say so. With a plain copy as restore_command PostgreSQL would end ' +
    'there, promote, and report success.',
  expect: {kind: 'refusal', code: 'RESTORE_FAILED', saying: '[0-9A-F]{24} is missing'},
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
    {kind: 'sabotage', sabotage: {kind: 'segment-missing', when: 'after-plan'}},
    {kind: 'restore', target: 'latest', into: 'new-lab'},
  ],
  objectives: {},
} as const satisfies Scenario
