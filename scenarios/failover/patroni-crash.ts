// The agent dies, PostgreSQL does not: a primary that nobody governs any more. Not here: how Patroni is killed
// (src/faults).
import type {Scenario} from '../../src/model/scenario.ts'

export const patroniCrash = {
  name: 'patroni-crash',
  kind: 'failover',
  summary: "SIGKILL to the primary's Patroni; PostgreSQL lives on while a standby takes the lease",
  rationale:
    'Nobody renews the lease and nobody demotes the old primary: after the ttl two nodes call themselves primary. ' +
    'Synchronous replication is the fence: the old one waits for a standby that follows another timeline now, so ' +
    'it acknowledges nothing.',
  expect: {kind: 'recovery'},
  failover: 'required',
  clusters: [{name: 'main', settings: {synchronousMode: 'on'}, archive: 'none'}],
  load: {},
  steps: [
    {kind: 'hold', forMs: 8_000, as: 'baseline'},
    {kind: 'inject', id: 'agent', fault: {kind: 'kill-patroni', target: {select: 'primary'}}},
    {kind: 'await', until: 'new-primary', withinMs: 60_000},
    {kind: 'await', until: 'writable', withinMs: 60_000},
    {kind: 'hold', forMs: 5_000, as: 'fault'},
    {kind: 'heal', id: 'agent'},
    {kind: 'await', until: 'healthy', withinMs: 90_000},
    {kind: 'hold', forMs: 5_000, as: 'aftermath'},
  ],
  objectives: {rtoMsMax: 45_000, lostWritesMax: 0},
} as const satisfies Scenario
