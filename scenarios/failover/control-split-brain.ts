// A control: two primaries made by hand, so that the check for split brain has something to find. Not here: the check (src/measure).
import type {Scenario} from '../../src/model/scenario.ts'

export const controlSplitBrain = {
  name: 'control-split-brain',
  kind: 'failover',
  summary: 'Control: a standby is promoted by hand beside a live primary, under maintenance mode. Must come out as fail',
  expectation:
    'In maintenance mode Patroni watches and does nothing, so both nodes acknowledge writes on different timelines. After the heal one of them is rewound, and with it go the writes that only it had: how many those are depends on which of the two the router follows, so they are not limited here, and nobody reads from two primaries.',
  nature: 'control',
  mustFail: ['split-brain'],
  failover: 'allowed',
  cluster: {profile: 'patroni-3', settings: {synchronousMode: 'off'}},
  load: {primaryReadsPerSecond: 0},
  steps: [
    {kind: 'hold', forMs: 8_000, as: 'baseline'},
    {kind: 'inject', id: 'intruder', fault: {kind: 'promote-standby', target: {select: 'standby'}}},
    {kind: 'await', until: 'dual-writable', withinMs: 60_000},
    {kind: 'hold', forMs: 5_000, as: 'fault'},
    {kind: 'heal', id: 'intruder'},
    {kind: 'await', until: 'healthy', withinMs: 90_000},
    {kind: 'hold', forMs: 5_000, as: 'aftermath'},
  ],
  objectives: {lostWritesMax: 1_000_000},
} as const satisfies Scenario
