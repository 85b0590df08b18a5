// A fault too short to justify a failover. Not here: the freezer (src/faults).
import type {Scenario} from '../../src/model/scenario.ts'

export const shortFault = {
  name: 'short-fault',
  kind: 'failover',
  summary: 'The primary is frozen for 3 s, well below ttl - loop_wait: it must stay primary',
  rationale:
    'What is left of the lease is never below ttl - loop_wait, so it outlives the freeze. Writes of those seconds ' +
    'may fail or stay unknown (their deadline is shorter than the freeze), none may be lost, and nobody may take ' +
    'over.',
  expect: {kind: 'recovery'},
  failover: 'forbidden',
  clusters: [{name: 'main', settings: {synchronousMode: 'on'}, archive: 'none'}],
  load: {},
  steps: [
    {kind: 'hold', forMs: 8_000, as: 'baseline'},
    {kind: 'inject', id: 'freeze', fault: {kind: 'pause-container', target: {select: 'primary'}}},
    {kind: 'hold', forMs: 3_000, as: 'fault'},
    {kind: 'heal', id: 'freeze'},
    {kind: 'await', until: 'writable', withinMs: 60_000},
    {kind: 'await', until: 'healthy', withinMs: 60_000},
    {kind: 'hold', forMs: 20_000, as: 'aftermath'},
  ],
  objectives: {lostWritesMax: 0, longestStallMsMax: 12_000},
} as const satisfies Scenario
