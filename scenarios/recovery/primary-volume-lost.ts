// The disk of the primary is gone. Not here: failover as such (scenarios/failover).
import type {Scenario} from '../../src/model/scenario.ts'

export const primaryVolumeLost = {
  name: 'primary-volume-lost',
  kind: 'recovery',
  summary:
    'the primary is killed and its volume emptied under load; another member takes over, and the lost one is ' +
    'rebuilt from it',
  rationale:
    'Commits waited for a synchronous standby: none is lost. The archive is not needed; the cluster is redundant ' +
    'again when the node is rebuilt.',
  expect: {kind: 'recovery'},
  failover: 'allowed',
  clusters: [{name: 'main', settings: {}, archive: 'command'}],
  load: {pinnedWritesPerSecond: 0},
  steps: [
    {kind: 'hold', forMs: 3_000, as: 'baseline'},
    {kind: 'backup', backup: 'full'},
    {kind: 'hold', forMs: 3_000, as: 'baseline'},
    {kind: 'disaster', disaster: {kind: 'lose-primary-volume'}},
    {kind: 'rebuild'},
  ],
  objectives: {rtoMsMax: 60_000, lostWritesMax: 0},
} as const satisfies Scenario
