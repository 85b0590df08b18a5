// A control: two primaries made by hand, so that the check for split brain has something to find. Not here: the check
// (src/measure).
import type {Scenario} from '../../src/model/scenario.ts'

export const controlSplitBrain = {
  name: 'control-split-brain',
  kind: 'failover',
  summary:
    'Control: a standby is promoted by hand beside a live primary, under maintenance mode. Must come out as fail',
  rationale:
    'In maintenance mode Patroni watches and does nothing, so both nodes acknowledge pinned writes, on different ' +
    'timelines. The router stays with the owner of the lease, although the intruder has the higher timeline: no ' +
    'routed write is lost and no read is stale. After the heal the intruder is rewound, and with it go only the ' +
    'writes pinned to it.',
  expect: {kind: 'failing-checks', checks: ['split-brain']},
  failover: 'allowed',
  clusters: [{name: 'main', settings: {synchronousMode: 'off'}, archive: 'none'}],
  load: {},
  steps: [
    {kind: 'hold', forMs: 8_000, as: 'baseline'},
    {kind: 'inject', id: 'intruder', fault: {kind: 'promote-standby', target: {select: 'standby'}}},
    {kind: 'await', until: 'dual-writable', withinMs: 60_000},
    {kind: 'hold', forMs: 5_000, as: 'fault'},
    {kind: 'heal', id: 'intruder'},
    {kind: 'await', until: 'healthy', withinMs: 90_000},
    {kind: 'hold', forMs: 5_000, as: 'aftermath'},
  ],
  objectives: {lostWritesMax: 0},
} as const satisfies Scenario
