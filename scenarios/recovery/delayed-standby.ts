// A copy that follows with a delay has not seen the bad statement yet. Not here: how it follows (src/backup/copy).
import type {Scenario} from '../../src/model/scenario.ts'

export const delayedStandby = {
  name: 'delayed-standby',
  kind: 'recovery',
  summary:
    'DROP TABLE under load; a copy follows the archive ten minutes behind, is moved to just before the DROP, and ' +
    'gives the table back',
  rationale: 'No backup has to be fetched: the copy only replays what it was behind. Nothing else goes back in time.',
  expect: {kind: 'recovery'},
  failover: 'allowed',
  clusters: [{name: 'main', settings: {}, archive: 'command'}],
  load: {pinnedWritesPerSecond: 0},
  steps: [
    {kind: 'hold', forMs: 3_000, as: 'baseline'},
    {kind: 'backup', backup: 'full'},
    {kind: 'delayed-copy', delayMs: 600_000},
    {kind: 'hold', forMs: 3_000, as: 'baseline'},
    {kind: 'disaster', disaster: {kind: 'drop-table'}},
    {kind: 'hold', forMs: 2_000, as: 'aftermath'},
    {kind: 'recover-table', from: 'delayed-copy'},
  ],
  objectives: {rtoMsMax: 120_000, lostWritesMax: 0},
} as const satisfies Scenario
