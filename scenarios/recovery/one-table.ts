// A dropped table comes back into the cluster that goes on. Not here: the copy that it comes out of (src/backup/copy).
import type {Scenario} from '../../src/model/scenario.ts'

export const oneTable = {
  name: 'one-table',
  kind: 'recovery',
  summary:
    'DROP TABLE under load; the table alone is brought back out of a copy from the archive, while the cluster goes on',
  rationale:
    'Nothing else goes back in time: every write that was acknowledged, before and after the DROP, is there, and ' +
    'clients saw no pause.',
  expect: {kind: 'recovery'},
  failover: 'allowed',
  clusters: [{name: 'main', settings: {}, archive: 'command'}],
  load: {pinnedWritesPerSecond: 0},
  steps: [
    {kind: 'hold', forMs: 3_000, as: 'baseline'},
    {kind: 'backup', backup: 'full'},
    {kind: 'hold', forMs: 3_000, as: 'baseline'},
    {kind: 'disaster', disaster: {kind: 'drop-table'}},
    {kind: 'hold', forMs: 2_000, as: 'aftermath'},
    {kind: 'recover-table', from: 'archive'},
  ],
  objectives: {rtoMsMax: 120_000, lostWritesMax: 0},
} as const satisfies Scenario
