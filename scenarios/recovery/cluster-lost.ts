// Everything but the archive is gone. Not here: what each way of archiving loses (docs/backups.md).
import type {Drill} from '../../src/model/drill.ts'

export const clusterLost = {
  name: 'cluster-lost',
  kind: 'restore',
  summary:
    'every node, its volume and etcd are gone at one moment under load; only the archive is left, which commits waited for',
  expectation:
    'The archive has every acknowledged write, the last ones in a segment that was never completed: none is lost.',
  nature: 'drill',
  archive: 'sync',
  load: {},
  steps: [
    {kind: 'hold', forMs: 3_000, as: 'baseline'},
    {kind: 'backup', backup: 'full'},
    {kind: 'hold', forMs: 8_000, as: 'baseline'},
    {kind: 'disaster', disaster: {kind: 'lose-cluster'}},
    {kind: 'restore', target: 'latest', into: 'new-lab'},
  ],
  objectives: {rtoMsMax: 300_000, lostWritesMax: 0},
} as const satisfies Drill
