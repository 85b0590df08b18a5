// The lights go out: every member dies at once and comes back. Not here: how a container is killed (src/faults).
import type {Scenario} from '../../src/model/scenario.ts'

export const fullStop = {
  name: 'full-stop',
  kind: 'failover',
  summary: 'SIGKILL to all members together, then all are started again: the cluster must find itself and miss nothing',
  rationale:
    'Each node recovers from its own WAL; only the old primary or the sync standby may take the lease. Killing ' +
    'processes loses no page cache, so this shows recovery and election, not that fsync reached the disk.',
  expect: {kind: 'recovery'},
  failover: 'allowed',
  clusters: [{name: 'main', settings: {synchronousMode: 'on'}, archive: 'none'}],
  load: {},
  steps: [
    {kind: 'hold', forMs: 8_000, as: 'baseline'},
    {kind: 'inject', id: 'stop', fault: {kind: 'kill-container', target: {select: 'members'}}},
    {kind: 'hold', forMs: 5_000, as: 'fault'},
    {kind: 'heal', id: 'stop'},
    {kind: 'await', until: 'writable', withinMs: 90_000},
    {kind: 'await', until: 'healthy', withinMs: 90_000},
    {kind: 'hold', forMs: 5_000, as: 'aftermath'},
  ],
  objectives: {rtoMsMax: 90_000, lostWritesMax: 0},
} as const satisfies Scenario
