// One scenario as text. PURE.
import {formatMs} from '../../src/model/time.ts'
import {defaultLoad} from '../../src/model/scenario.ts'
import type {Scenario, Step, Target} from '../../src/model/scenario.ts'
import {unreachable} from '../../src/model/errors.ts'
import {defaultSettings} from '../../src/model/topology.ts'

/** What `hl scenarios show` prints. */
export function scenarioScreen(scenario: Scenario): string {
  const settings = {...defaultSettings, ...scenario.cluster.settings}
  const load = {...defaultLoad, ...scenario.load}
  const owed = Object.entries(scenario.objectives).map(([name, limit]) => `${name} ${limit}`)
  return [
    `${scenario.name}  (${scenario.nature})`,
    `  ${scenario.summary}`,
    '',
    `expect    ${scenario.expectation}`,
    `cluster   ${scenario.cluster.profile}, synchronous ${settings.synchronousMode}, ttl ${settings.ttlS} s, loop_wait ${settings.loopWaitS} s, retry_timeout ${settings.retryTimeoutS} s, failsafe ${settings.failsafeMode ? 'on' : 'off'}`,
    `load      ${load.writesPerSecond} writes/s, ${load.transfersPerSecond} transfers/s, reads ${load.primaryReadsPerSecond}/s primary and ${load.standbyReadsPerSecond}/s standbys, pinned ${load.pinnedWritesPerSecond}/s per node`,
    `failover  ${scenario.failover}`,
    `owes      ${owed.length === 0 ? 'nothing beyond the checks' : owed.join(', ')}`,
    ...(scenario.mustFail === undefined ? [] : [`must fail ${scenario.mustFail.join(', ')}`]),
    'steps',
    ...scenario.steps.map((step, index) => `  ${index + 1}. ${describeStep(step)}`),
    '',
    `run it:   hl failover --scenario ${scenario.name}`,
  ].join('\n')
}

function describeStep(step: Step): string {
  switch (step.kind) {
    case 'hold':
      return `${step.as}: let the load run for ${formatMs(step.forMs)}`
    case 'inject':
      return `inject ${step.fault.kind} on ${describeTarget(step.fault.target)}${step.fault.kind === 'partition' ? `, cut from ${step.fault.from.join(', ')} (${step.fault.direction})` : ''}`
    case 'heal':
      return `heal ${step.id}`
    case 'await':
      return `wait until ${step.until}, at most ${formatMs(step.withinMs)}`
    case 'switchover':
      return `planned switchover to ${describeTarget(step.to)}`
    default:
      return unreachable(step)
  }
}

function describeTarget(target: Target): string {
  return target.select === 'named' ? target.name : target.select
}
