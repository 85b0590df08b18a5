// etcd loses its majority: nobody can prove that he may be primary. Not here: how a container is killed (src/faults).
import type {Scenario} from '../../src/model/scenario.ts'

export const dcsQuorumLoss = {
  name: 'dcs-quorum-loss',
  kind: 'failover',
  summary:
    'SIGKILL to the majority of etcd; failsafe mode is off, so the primary demotes and writes return after the heal',
  rationale:
    'The primary cannot renew its lease and demotes itself although PostgreSQL is well: the cluster is read-only ' +
    'while the quorum is away. Afterwards somebody becomes primary again, most often the same node. The RTO holds ' +
    'the time that the quorum was away.',
  expect: {kind: 'recovery'},
  failover: 'allowed',
  clusters: [{name: 'main', settings: {synchronousMode: 'on', failsafeMode: false}, archive: 'none'}],
  load: {},
  steps: [
    {kind: 'hold', forMs: 8_000, as: 'baseline'},
    {kind: 'inject', id: 'quorum', fault: {kind: 'kill-container', target: {select: 'dcs-majority'}}},
    {kind: 'hold', forMs: 30_000, as: 'fault'},
    {kind: 'heal', id: 'quorum'},
    {kind: 'await', until: 'writable', withinMs: 90_000},
    {kind: 'await', until: 'healthy', withinMs: 90_000},
    {kind: 'hold', forMs: 5_000, as: 'aftermath'},
  ],
  objectives: {rtoMsMax: 90_000, lostWritesMax: 0},
} as const satisfies Scenario
