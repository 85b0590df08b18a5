// A restore that names the lab that runs. Not here: restoring in place, which has to be asked for by name.
import type {Scenario} from '../../src/model/scenario.ts'

export const wrongHost = {
  name: 'wrong-host',
  kind: 'recovery',
  summary: 'a restore is aimed at the lab that runs; hl must refuse it, and the primary must go on',
  rationale:
    'hl refuses before it makes anything: a restore never writes over a lab unless the person confirms it by the ' +
    "lab's name.",
  expect: {kind: 'refusal', code: 'LAB_SETTINGS_DIFFER', saying: 'a restore never writes over a lab'},
  failover: 'allowed',
  clusters: [{name: 'main', settings: {}, archive: 'command'}],
  load: {pinnedWritesPerSecond: 0},
  steps: [
    {kind: 'hold', forMs: 2_000, as: 'baseline'},
    {kind: 'backup', backup: 'full'},
    {kind: 'hold', forMs: 2_000, as: 'baseline'},
    {kind: 'restore', target: 'latest', into: 'running-lab'},
  ],
  objectives: {},
} as const satisfies Scenario
