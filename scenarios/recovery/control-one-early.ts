// A restore that ends one transaction too early. Not here: the checks that must say so (src/measure/drill).
import type {Drill} from '../../src/model/drill.ts'

export const controlOneEarly = {
  name: 'control-one-early',
  kind: 'restore',
  summary: 'control: the last good transaction before the bad one is left out',
  expectation: 'Verification must reject it: the table is there, and one acknowledged write is missing.',
  nature: 'control',
  mustFail: ['precision'],
  archive: 'command',
  load: {},
  steps: [
    {kind: 'hold', forMs: 3_000, as: 'baseline'},
    {kind: 'backup', backup: 'full'},
    {kind: 'hold', forMs: 3_000, as: 'baseline'},
    {kind: 'disaster', disaster: {kind: 'drop-table'}},
    {kind: 'hold', forMs: 2_000, as: 'aftermath'},
    {kind: 'tamper', tampering: {kind: 'one-early'}},
    {kind: 'restore', target: 'before-disaster', into: 'new-lab'},
  ],
  objectives: {rtoMsMax: 300_000},
} as const satisfies Drill
