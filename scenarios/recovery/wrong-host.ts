// A restore that names the lab that runs. Not here: restoring in place, which has to be asked for by name.
import type {Drill} from '../../src/model/drill.ts'

export const wrongHost = {
  name: 'wrong-host',
  kind: 'restore',
  summary: 'a restore is told to go where the live primary is; it must be refused, and the primary go on',
  expectation:
    'hl refuses before it makes anything: a restore never writes over a lab unless that is confirmed by its name.',
  nature: 'refusal',
  refusedWith: 'LAB_SETTINGS_DIFFER',
  refusedSaying: 'a restore never writes over a lab',
  archive: 'command',
  load: {},
  steps: [
    {kind: 'hold', forMs: 2_000, as: 'baseline'},
    {kind: 'backup', backup: 'full'},
    {kind: 'hold', forMs: 2_000, as: 'baseline'},
    {kind: 'restore', target: 'latest', into: 'running-lab'},
  ],
  objectives: {},
} as const satisfies Drill
