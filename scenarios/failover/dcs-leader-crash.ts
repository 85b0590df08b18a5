// etcd's leader dies and etcd elects another: PostgreSQL must not notice. Not here: how a container is killed
// (src/faults).
import type {Scenario} from '../../src/model/scenario.ts'

export const dcsLeaderCrash = {
  name: 'dcs-leader-crash',
  kind: 'failover',
  summary: "SIGKILL to etcd's leader: etcd elects another within a second or two, and no failover may happen",
  rationale:
    'The lease survives the election (a new etcd leader starts leases afresh with their full ttl) and Patroni ' +
    'tries the next etcd member. Writes go on. The fault is held for longer than a ttl, so a lease that was lost ' +
    'would show.',
  expect: {kind: 'recovery'},
  failover: 'forbidden',
  clusters: [{name: 'main', settings: {synchronousMode: 'on'}, archive: 'none'}],
  load: {},
  steps: [
    {kind: 'hold', forMs: 8_000, as: 'baseline'},
    {kind: 'inject', id: 'crash', fault: {kind: 'kill-container', target: {select: 'dcs-leader'}}},
    {kind: 'hold', forMs: 25_000, as: 'fault'},
    {kind: 'heal', id: 'crash'},
    {kind: 'await', until: 'healthy', withinMs: 90_000},
    {kind: 'hold', forMs: 5_000, as: 'aftermath'},
  ],
  objectives: {lostWritesMax: 0, writeErrorsMax: 0, longestStallMsMax: 2_000},
} as const satisfies Scenario
