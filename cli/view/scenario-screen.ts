// One scenario as text. PURE.
import {formatMs} from '../../src/model/time.ts'
import {defaultLoad, natureOf} from '../../src/model/scenario.ts'
import type {ClusterSpec, Expectation, Scenario, Step, Target} from '../../src/model/scenario.ts'
import {moveStepWords, staleClientWords} from '../../src/experiment/steps/move-words.ts'
import {plantLabels} from '../../src/experiment/steps/plant.ts'
import {unreachable} from '../../src/model/errors.ts'
import {defaultSettings} from '../../src/model/topology.ts'

/** What `hl scenarios show` prints. */
export function scenarioScreen(scenario: Scenario): string {
  const load = {...defaultLoad, ...scenario.load}
  const owed = Object.entries(scenario.objectives).map(([name, limit]) => `${name} ${limit}`)
  const nature = natureOf(scenario)
  return [
    `${scenario.name}  (${nature === scenario.kind ? nature : `${scenario.kind}, ${nature}`})`,
    `  ${scenario.summary}`,
    '',
    `why       ${scenario.rationale}`,
    ...scenario.clusters.map(clusterLine),
    `load      ${load.writesPerSecond} writes/s, ${load.transfersPerSecond} transfers/s, reads ` +
      `${load.primaryReadsPerSecond}/s primary and ${load.standbyReadsPerSecond}/s standbys, pinned ` +
      `${load.pinnedWritesPerSecond}/s per ` +
      `node${load.scatterReadsPerSecond === undefined ? '' : `, ${load.scatterReadsPerSecond}/s over all shards`}${load.hotUserShare === undefined ? '' : `, ${load.hotUserShare * 100} % of the writes one user's`}`,
    `failover  ${scenario.failover}`,
    `expected  ${expectationText(scenario.expect)}`,
    `owes      ${owed.length === 0 ? 'nothing beyond the checks' : owed.join(', ')}`,
    'steps',
    ...scenario.steps.map((step, index) => `  ${index + 1}. ${describeStep(step)}`),
    '',
    `run it:   hl ${scenario.kind === 'failover' ? 'failover' : 'drill'} --scenario ${scenario.name}`,
  ].join('\n')
}

function clusterLine({name, settings: wanted, archive}: ClusterSpec): string {
  const settings = {...defaultSettings, ...wanted}
  return (
    `cluster   ${name}: synchronous ${settings.synchronousMode}, ttl ${settings.ttlS} s, loop_wait ` +
    `${settings.loopWaitS} s, retry_timeout ${settings.retryTimeoutS} s, failsafe ` +
    `${settings.failsafeMode ? 'on' : 'off'}, archive ${archive}`
  )
}

function expectationText(expect: Expectation): string {
  switch (expect.kind) {
    case 'recovery':
      return 'the cluster works again'
    case 'refusal':
      return `the restore is refused with ${expect.code}`
    case 'failing-checks':
      return `the run is rejected by ${expect.checks.join(', ')}`
    default:
      return unreachable(expect)
  }
}

function describeStep(step: Step): string {
  switch (step.kind) {
    case 'hold':
      return `${step.as}: let the load run for ${formatMs(step.forMs)}`
    case 'inject':
      return (
        `inject ${step.fault.kind} on ` +
        `${describeTarget(step.fault.target)}${step.fault.kind === 'partition' ? `, cut from ${step.fault.from.join(', ')} (${step.fault.direction})` : ''}`
      )
    case 'heal':
      return `heal ${step.id}`
    case 'await':
      return `wait until ${step.until}, at most ${formatMs(step.withinMs)}`
    case 'switchover':
      return `planned switchover to ${step.to === undefined ? 'the node that Patroni chooses' : describeTarget(step.to)}`
    default:
      return describeRecoveryStep(step)
  }
}

function describeRecoveryStep(
  step: Exclude<Step, {readonly kind: 'hold' | 'inject' | 'heal' | 'await' | 'switchover'}>,
): string {
  switch (step.kind) {
    case 'backup':
      return `take a backup: ${step.backup}`
    case 'backup-during-failover':
      return 'take a full backup of a standby, and kill the primary meanwhile'
    case 'delayed-copy':
      return `make a recovery copy that follows ${formatMs(step.delayMs)} behind`
    case 'barrier':
      return 'take a barrier over all shards'
    case 'disaster':
      return `disaster: ${step.disaster.kind}`
    case 'sabotage':
      return `sabotage: ${step.sabotage.kind}`
    case 'restore':
      return `restore to ${targetWords[step.target]}, into ${placeWords[step.into]}`
    case 'recover-table':
      return (
        'bring the table back out of ' + (step.from === 'archive' ? 'a copy made from the archive' : 'the delayed copy')
      )
    case 'rebuild':
      return 'rebuild the damaged node from the others'
    case 'plant':
      return plantLabels[step.what]
    case 'begin-commit':
      return `a client of its own stops where its commit over two shards is ${step.at}`
    case 'kill-client':
      return 'kill that client'
    case 'resolve-in-doubt':
      return 'end what is left prepared, as the recorded decisions say'
    case 'move':
      return moveStepWords(step)
    case 'stale-client':
      return staleClientWords[step.do]
    default:
      return unreachable(step)
  }
}

const targetWords = {
  'latest': 'the end of the archive',
  'before-disaster': 'just before the disaster',
  'barrier': 'the newest barrier, all shards',
} as const
const placeWords = {'new-lab': 'a new lab', 'in-place': 'its own place', 'running-lab': 'the lab that runs'} as const

function describeTarget(target: Target): string {
  return target.select === 'named' ? target.name : target.select
}
