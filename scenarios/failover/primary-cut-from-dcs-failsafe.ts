// Failsafe mode keeps its promise: without etcd, but with every member at hand, the primary stays. Not here: how
// packets are dropped (src/faults).
import type {Scenario} from '../../src/model/scenario.ts'

export const primaryCutFromDcsFailsafe = {
  name: 'primary-cut-from-dcs-failsafe',
  kind: 'failover',
  summary:
    'The primary is cut off from etcd only; failsafe mode is on, so it must stay primary and nobody may replace it',
  rationale:
    'The lease runs out and nobody takes it: the primary asks every member (POST /failsafe) and all of them agree ' +
    'that it lives. The members are not cut off here because that answer is what failsafe mode rests on; without ' +
    'it the primary has to demote, which is primary-cut-from-dcs.',
  expect: {kind: 'recovery'},
  failover: 'forbidden',
  clusters: [{name: 'main', settings: {synchronousMode: 'on', failsafeMode: true}, archive: 'none'}],
  load: {},
  steps: [
    {kind: 'hold', forMs: 8_000, as: 'baseline'},
    {
      kind: 'inject',
      id: 'cut',
      fault: {kind: 'partition', target: {select: 'primary'}, from: ['dcs'], direction: 'both'},
    },
    {kind: 'hold', forMs: 30_000, as: 'fault'},
    {kind: 'heal', id: 'cut'},
    {kind: 'await', until: 'healthy', withinMs: 90_000},
    {kind: 'hold', forMs: 5_000, as: 'aftermath'},
  ],
  objectives: {lostWritesMax: 0, writeErrorsMax: 0, longestStallMsMax: 2_000},
} as const satisfies Scenario
