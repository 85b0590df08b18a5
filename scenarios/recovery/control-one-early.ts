// A restore that ends one transaction too early. Not here: the checks that must say so (src/measure).
import type {Scenario} from '../../src/model/scenario.ts'

export const controlOneEarly = {
  name: 'control-one-early',
  kind: 'recovery',
  summary: 'control: the last good transaction before the bad one is left out',
  rationale: 'Verification must reject it: the table is there, and one acknowledged write is missing.',
  expect: {kind: 'failing-checks', checks: ['precision']},
  failover: 'allowed',
  clusters: [
    {name: 'main', settings: {}, archive: 'command'},
    {name: 'restored', settings: {}, archive: 'command'},
  ],
  load: {pinnedWritesPerSecond: 0},
  steps: [
    {kind: 'hold', forMs: 3_000, as: 'baseline'},
    {kind: 'backup', backup: 'full'},
    {kind: 'hold', forMs: 3_000, as: 'baseline'},
    {kind: 'disaster', disaster: {kind: 'drop-table'}},
    {kind: 'hold', forMs: 2_000, as: 'aftermath'},
    {kind: 'sabotage', sabotage: {kind: 'one-early'}},
    {kind: 'restore', target: 'before-disaster', into: 'new-lab'},
  ],
  objectives: {rtoMsMax: 300_000},
} as const satisfies Scenario
