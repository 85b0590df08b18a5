// Everything but the archive is gone. Not here: what each way of archiving loses (docs/backups.md).
import type {Scenario} from '../../src/model/scenario.ts'

export const clusterLost = {
  name: 'cluster-lost',
  kind: 'recovery',
  summary:
    'all nodes, their volumes and etcd are gone at one moment under load; only the archive is left, and every ' +
    'commit waited for it',
  rationale:
    'The archive has every acknowledged write, the last ones in a segment that was never completed, so none is lost.',
  expect: {kind: 'recovery'},
  failover: 'allowed',
  clusters: [
    {name: 'main', settings: {}, archive: 'sync'},
    {name: 'restored', settings: {}, archive: 'sync'},
  ],
  load: {pinnedWritesPerSecond: 0},
  steps: [
    {kind: 'hold', forMs: 3_000, as: 'baseline'},
    {kind: 'backup', backup: 'full'},
    {kind: 'hold', forMs: 8_000, as: 'baseline'},
    {kind: 'disaster', disaster: {kind: 'lose-cluster'}},
    {kind: 'restore', target: 'latest', into: 'new-lab'},
  ],
  objectives: {rtoMsMax: 300_000, lostWritesMax: 0},
} as const satisfies Scenario
