// Two failovers in one run: the replacement dies as well. Not here: how a container is killed (src/faults).
import type {Scenario} from '../../src/model/scenario.ts'

export const primaryFlap = {
  name: 'primary-flap',
  kind: 'failover',
  summary: 'The primary is killed and comes back, then the new primary is killed too: two failovers, nothing lost',
  rationale:
    'The second failover finds the first primary rewound and in the sync set, or it must not happen at all. What ' +
    'the load wrote before, between and after both is there at the end. The RTO is that of the longest outage.',
  expect: {kind: 'recovery'},
  failover: 'required',
  clusters: [{name: 'main', settings: {synchronousMode: 'on'}, archive: 'none'}],
  load: {},
  steps: [
    {kind: 'hold', forMs: 8_000, as: 'baseline'},
    {kind: 'inject', id: 'first', fault: {kind: 'kill-container', target: {select: 'primary'}}},
    {kind: 'await', until: 'new-primary', withinMs: 60_000},
    {kind: 'await', until: 'writable', withinMs: 60_000},
    {kind: 'heal', id: 'first'},
    {kind: 'await', until: 'healthy', withinMs: 90_000},
    {kind: 'hold', forMs: 5_000, as: 'aftermath'},
    {kind: 'inject', id: 'second', fault: {kind: 'kill-container', target: {select: 'primary'}}},
    {kind: 'await', until: 'new-primary', withinMs: 60_000},
    {kind: 'await', until: 'writable', withinMs: 60_000},
    {kind: 'heal', id: 'second'},
    {kind: 'await', until: 'healthy', withinMs: 90_000},
    {kind: 'hold', forMs: 5_000, as: 'aftermath'},
  ],
  objectives: {rtoMsMax: 45_000, lostWritesMax: 0},
} as const satisfies Scenario
