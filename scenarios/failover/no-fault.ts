// Nothing breaks: what the lab reports here is its own noise. Not here: how that is judged (src/measure).
import type {Scenario} from '../../src/model/scenario.ts'

export const noFault = {
  name: 'no-fault',
  kind: 'failover',
  summary: 'Load without a fault for longer than a ttl: no failover, no error, no stall',
  rationale:
    'A failover or an error here is the lab or the host, and every figure of the other scenarios is as doubtful ' +
    'as this run.',
  expect: {kind: 'recovery'},
  failover: 'forbidden',
  clusters: [{name: 'main', settings: {synchronousMode: 'on'}, archive: 'none'}],
  load: {},
  steps: [
    {kind: 'hold', forMs: 25_000, as: 'baseline'},
    {kind: 'await', until: 'healthy', withinMs: 60_000},
  ],
  objectives: {lostWritesMax: 0, writeErrorsMax: 0, longestStallMsMax: 2_000},
} as const satisfies Scenario
