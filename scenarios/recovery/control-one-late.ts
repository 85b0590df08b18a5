// A restore that goes one transaction too far. Not here: the checks that must say so (src/measure).
import type {Scenario} from '../../src/model/scenario.ts'

export const controlOneLate = {
  name: 'control-one-late',
  kind: 'recovery',
  summary: 'control: the bad transaction itself is restored too, as PostgreSQL does by default',
  rationale: 'Verification must reject it: the table is gone again, although every other figure looks right.',
  expect: {kind: 'failing-checks', checks: ['victim-intact']},
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
    {kind: 'sabotage', sabotage: {kind: 'one-late'}},
    {kind: 'restore', target: 'before-disaster', into: 'new-lab'},
  ],
  objectives: {rtoMsMax: 300_000, lostWritesMax: 0},
} as const satisfies Scenario
