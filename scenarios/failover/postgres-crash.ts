// PostgreSQL dies, its agent does not. Not here: how the postmaster is found and killed (src/faults).
import type {Scenario} from '../../src/model/scenario.ts'

export const postgresCrash = {
  name: 'postgres-crash',
  kind: 'failover',
  summary: "SIGKILL to the primary's postmaster; Patroni lives and starts it again in place",
  rationale:
    'Patroni keeps the lease and starts PostgreSQL again, so the outage is one loop and the redo. Whether it ' +
    'hands over instead is the choice of primary_start_timeout, hence both are allowed; losing a write is not.',
  expect: {kind: 'recovery'},
  failover: 'allowed',
  clusters: [{name: 'main', settings: {synchronousMode: 'on'}, archive: 'none'}],
  load: {},
  steps: [
    {kind: 'hold', forMs: 8_000, as: 'baseline'},
    {kind: 'inject', id: 'crash', fault: {kind: 'kill-postgres', target: {select: 'primary'}}},
    {kind: 'await', until: 'writable', withinMs: 60_000},
    {kind: 'heal', id: 'crash'},
    {kind: 'await', until: 'healthy', withinMs: 90_000},
    {kind: 'hold', forMs: 5_000, as: 'aftermath'},
  ],
  objectives: {rtoMsMax: 45_000, lostWritesMax: 0},
} as const satisfies Scenario
