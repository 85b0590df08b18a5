// Joins a scenario with the live cluster and a seed into a plan. PURE: --dry-run prints this very value, and the runner
// walks it.
// Invariant: a plan is never made for an unhealthy cluster. Not here: reading the cluster (src/lab), walking the plan
// (run.ts).
import {HlError, unreachable} from '../model/errors.ts'
import type {Plan, PlannedStep} from '../model/plan.ts'
import {defaultLoad} from '../model/scenario.ts'
import type {FaultSpec, LoadSpec, Objectives, Scenario, Step, Target, AccessPathName} from '../model/scenario.ts'
import {formatMs} from '../model/time.ts'
import {healthProblems, timingProblem} from '../model/topology.ts'
import type {ClusterSettings, ClusterState} from '../model/topology.ts'
import {seededRandom} from './random.ts'
import {resolveTarget} from './resolve-target.ts'

/** What flags change about a scenario. */
export interface PlanOverrides {
  readonly settings?: Partial<ClusterSettings>
  readonly load?: Partial<LoadSpec>
  readonly objectives?: Partial<Objectives>
}

export interface PlanChoices {
  readonly seed: number
  readonly through: AccessPathName
  readonly overrides: PlanOverrides
}

/** A command to Docker and the probe that sees its effect, on a busy machine. */
export const injectWithinMs = 45_000
/** A container's start, or a demotion with its rewind; the rejoin itself is awaited as `healthy`. */
export const healWithinMs = 120_000
const switchoverWithinMs = 60_000
/** Before the first step and after the last: settings, tables, full redundancy, the final read. */
export const prepareWithinMs = 120_000
export const endWithinMs = 240_000

/**
 * `settings` are those in effect now; the scenario's and then the overrides are laid over them.
 * Throws HlError LAB_UNHEALTHY (nothing may be injected), CONFIG_INVALID (timing that Patroni would change silently),
 * NODE_UNKNOWN.
 */
export function planRun(
  scenario: Scenario,
  state: ClusterState,
  settings: ClusterSettings,
  choices: PlanChoices,
): Plan {
  const problems = healthProblems(state, settings)
  if (problems.length > 0)
    throw new HlError('LAB_UNHEALTHY', `lab ${state.lab} is not healthy: ${problems.join('; ')}`, {
      next: [
        '`hl faults heal --all` undoes faults that were left',
        '`hl status --watch` shows when it has recovered',
        '`hl down` and `hl up` make a new one',
      ],
    })
  const wanted = mergeSettings(settings, scenario.cluster.settings, choices.overrides.settings ?? {})
  const timing = timingProblem(wanted)
  if (timing !== null)
    throw new HlError('CONFIG_INVALID', `${timing}; Patroni would lower them silently`, {
      next: ['raise --ttl, or lower --loop-wait or --retry-timeout'],
    })
  const disturbs = scenario.steps.findIndex(step => step.kind === 'inject' || step.kind === 'switchover')
  const phaseMs = disturbs === -1 ? 0 : Math.floor(seededRandom(choices.seed).next() * wanted.loopWaitS * 1_000)
  const phased = withPhase(scenario.steps, disturbs, phaseMs)
  const steps = planSteps(phased, state)
  return {
    // With the drawn hold among its steps, so that step numbers in events and in the stored scenario agree.
    scenario: {...scenario, steps: phased, objectives: {...scenario.objectives, ...choices.overrides.objectives}},
    lab: state.lab,
    seed: choices.seed,
    through: choices.through,
    ...directTo(choices.through, state),
    settings: wanted,
    load: {...defaultLoad, ...scenario.load, ...choices.overrides.load},
    steps,
    phaseMs,
    withinMs: prepareWithinMs + steps.reduce((sum, step) => sum + step.withinMs, 0) + endWithinMs,
  }
}

/**
 * A healthy cluster has a primary: it is the address that an application without a failover has in its configuration.
 */
function directTo(through: AccessPathName, {primary}: ClusterState): Pick<Plan, 'directTo'> {
  return through === 'direct' && primary !== null ? {directTo: primary} : {}
}

function mergeSettings(
  now: ClusterSettings,
  scenario: Partial<ClusterSettings>,
  flags: Partial<ClusterSettings>,
): ClusterSettings {
  return {...now, ...scenario, ...flags, parameters: {...now.parameters, ...scenario.parameters, ...flags.parameters}}
}

/**
 * A fault always at the same point of Patroni's loop would measure one phase, not the spread; the draw makes the offset
 * uniform over the loop.
 */
function withPhase(steps: readonly Step[], disturbs: number, phaseMs: number): readonly Step[] {
  if (phaseMs === 0) return steps
  return steps.toSpliced(disturbs, 0, {kind: 'hold', forMs: phaseMs, as: 'baseline'})
}

function planSteps(steps: readonly Step[], state: ClusterState): readonly PlannedStep[] {
  const open = new Set<string>()
  return steps.map((step, index) => {
    if (step.kind === 'inject') open.add(step.id)
    const healing = step.kind !== 'heal' ? 0 : step.id === 'all' ? open.size : 1
    if (step.kind === 'heal' && step.id === 'all') open.clear()
    else if (step.kind === 'heal') open.delete(step.id)
    return {index, step, label: label(step, state), withinMs: stepWithinMs(step, healing)}
  })
}

function stepWithinMs(step: Step, healing: number): number {
  switch (step.kind) {
    case 'hold':
      return step.forMs
    case 'await':
      return step.withinMs
    case 'inject':
      return injectWithinMs
    case 'heal':
      return healWithinMs * healing
    case 'switchover':
      return switchoverWithinMs
    default:
      return unreachable(step)
  }
}

function label(step: Step, state: ClusterState): string {
  switch (step.kind) {
    case 'hold':
      return `hold ${formatMs(step.forMs)} (${step.as})`
    case 'await':
      return `await ${step.until} within ${formatMs(step.withinMs)}`
    case 'inject':
      return `inject ${step.id}: ${faultLabel(step.fault, state)}`
    case 'heal':
      return `heal ${step.id}`
    case 'switchover':
      return `switch over to ${targetLabel(step.to, state)}`
    default:
      return unreachable(step)
  }
}

function faultLabel(fault: FaultSpec, state: ClusterState): string {
  const target = targetLabel(fault.target, state)
  if (fault.kind !== 'partition') return `${fault.kind} ${target}`
  const way = fault.direction === 'both' ? '' : ` (${fault.direction} only)`
  return `partition ${target} from ${fault.from.join(', ')}${way}`
}

/** Names as they are now; the runner resolves again when the step is due, since roles move. */
function targetLabel(target: Target, state: ClusterState): string {
  const names = resolveTarget(target, state).join(', ')
  return target.select === 'named' ? names : `${names} (${target.select})`
}
