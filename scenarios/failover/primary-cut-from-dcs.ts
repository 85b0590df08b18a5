// The dangerous cut: the primary loses etcd and its peers while its clients still reach it. Not here: how packets are
// dropped (src/faults).
import type {Scenario} from '../../src/model/scenario.ts'

export const primaryCutFromDcs = {
  name: 'primary-cut-from-dcs',
  kind: 'failover',
  summary: 'The primary is cut off from etcd and the other members, not from its clients; failsafe mode is off',
  rationale:
    'It must demote itself before its lease runs out, although clients go on writing to it: nothing that it ' +
    'acknowledges may be missing when the others have replaced it.',
  expect: {kind: 'recovery'},
  failover: 'required',
  clusters: [{name: 'main', settings: {synchronousMode: 'on', failsafeMode: false}, archive: 'none'}],
  load: {},
  steps: [
    {kind: 'hold', forMs: 8_000, as: 'baseline'},
    {
      kind: 'inject',
      id: 'cut',
      fault: {kind: 'partition', target: {select: 'primary'}, from: ['dcs', 'members'], direction: 'both'},
    },
    {kind: 'await', until: 'new-primary', withinMs: 60_000},
    {kind: 'await', until: 'writable', withinMs: 60_000},
    {kind: 'hold', forMs: 5_000, as: 'fault'},
    {kind: 'heal', id: 'cut'},
    {kind: 'await', until: 'healthy', withinMs: 90_000},
    {kind: 'hold', forMs: 5_000, as: 'aftermath'},
  ],
  objectives: {rtoMsMax: 45_000, lostWritesMax: 0},
} as const satisfies Scenario
