// A page that no query has noticed. Not here: how pages are compared (src/lab/nodes).
import type {Scenario} from '../../src/model/scenario.ts'

export const corruptPage = {
  name: 'corrupt-page',
  kind: 'recovery',
  summary:
    'a byte of a page changes on the disk of the primary under load; the checksums find it, the primary hands ' +
    'over and is rebuilt',
  rationale:
    'A base backup of each node reads every page and names the damaged one, which memory hides from queries. A ' +
    'healthy standby takes over; afterwards every page of every node is sound.',
  expect: {kind: 'recovery'},
  failover: 'allowed',
  clusters: [{name: 'main', settings: {}, archive: 'command'}],
  load: {pinnedWritesPerSecond: 0, deadlineMs: 15_000},
  steps: [
    {kind: 'hold', forMs: 3_000, as: 'baseline'},
    {kind: 'backup', backup: 'full'},
    {kind: 'hold', forMs: 3_000, as: 'baseline'},
    {kind: 'disaster', disaster: {kind: 'corrupt-page'}},
    {kind: 'hold', forMs: 2_000, as: 'aftermath'},
    {kind: 'rebuild'},
  ],
  objectives: {rtoMsMax: 120_000, lostWritesMax: 0},
} as const satisfies Scenario
