// The disk of the primary is gone. Not here: failover as such (scenarios/failover).
import type {Drill} from '../../src/model/drill.ts'

export const primaryVolumeLost = {
  name: 'primary-volume-lost',
  kind: 'restore',
  summary:
    'the primary is killed and its volume emptied under load; another member takes over, and the lost one is made anew from it',
  expectation:
    'Commits waited for a synchronous standby: none is lost. The archive is not needed; redundancy comes back when the node is made anew.',
  nature: 'drill',
  archive: 'command',
  load: {},
  steps: [
    {kind: 'hold', forMs: 3_000, as: 'baseline'},
    {kind: 'backup', backup: 'full'},
    {kind: 'hold', forMs: 3_000, as: 'baseline'},
    {kind: 'disaster', disaster: {kind: 'lose-primary-volume'}},
    {kind: 'repair'},
  ],
  objectives: {rtoMsMax: 60_000, lostWritesMax: 0},
} as const satisfies Drill
