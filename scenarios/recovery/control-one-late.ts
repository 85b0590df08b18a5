// A restore that goes one transaction too far. Not here: the checks that must say so (src/measure/drill).
import type {Drill} from '../../src/model/drill.ts'

export const controlOneLate = {
  name: 'control-one-late',
  kind: 'restore',
  summary: 'control: the bad transaction itself is restored too, as PostgreSQL does by default',
  expectation: 'Verification must reject it: the table is gone again, though every other figure looks right.',
  nature: 'control',
  mustFail: ['victim-intact'],
  archive: 'command',
  load: {},
  steps: [
    {kind: 'hold', forMs: 3_000, as: 'baseline'},
    {kind: 'backup', backup: 'full'},
    {kind: 'hold', forMs: 3_000, as: 'baseline'},
    {kind: 'disaster', disaster: {kind: 'drop-table'}},
    {kind: 'hold', forMs: 2_000, as: 'aftermath'},
    {kind: 'tamper', tampering: {kind: 'one-late'}},
    {kind: 'restore', target: 'before-disaster', into: 'new-lab'},
  ],
  objectives: {rtoMsMax: 300_000, lostWritesMax: 0},
} as const satisfies Drill
