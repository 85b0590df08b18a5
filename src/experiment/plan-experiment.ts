// Joins a scenario with the live cluster and a seed into a plan. PURE: --dry-run prints this very value, and the walk
// follows it. Invariant: a plan is never made for an unhealthy cluster.
import {hint} from '../model/command-hint.ts'
import {HlError} from '../model/errors.ts'
import type {Asked, Plan, PlannedStep} from '../model/plan.ts'
import {defaultLoad} from '../model/scenario.ts'
import type {LoadSpec, Objectives, Scenario, Step, AccessPathName} from '../model/scenario.ts'
import {healthProblems, timingProblem} from '../model/topology.ts'
import type {ClusterSettings, ClusterState} from '../model/topology.ts'
import {seededRandom} from './random.ts'
import {endWithinMs, prepareWithinMs} from './run-deadlines.ts'
import {labelOf, withinMsOf} from './steps/step-kinds.ts'

/** What flags change about a scenario. */
export interface PlanOverrides {
  readonly settings?: Partial<ClusterSettings> | undefined
  readonly load?: Partial<LoadSpec> | undefined
  readonly objectives?: Partial<Objectives> | undefined
}

export interface PlanChoices {
  readonly seed: number
  readonly through: AccessPathName
  readonly overrides: PlanOverrides
  readonly asked?: Asked | undefined
}

/** The lab that a plan is made for. */
export interface PlannedLab {
  readonly name: string
  /** Where it has several: the one that the plan is for. */
  readonly shard?: string | undefined
  /** null: it is made for the experiment, and is not there yet. */
  readonly state: ClusterState | null
  /** Those in effect now, or the defaults of a new lab; the scenario's and then the overrides are laid over them. */
  readonly settings: ClusterSettings
}

/**
 * Throws HlError LAB_UNHEALTHY (nothing may be injected), CONFIG_INVALID (timing that Patroni would change silently),
 * NODE_UNKNOWN.
 */
export function planScenario(scenario: Scenario, lab: PlannedLab, choices: PlanChoices): Plan {
  const {state} = lab
  requireWay(scenario, choices.through)
  if (state !== null) requireHealthy(state, lab.settings)
  const wanted = mergeSettings(lab.settings, scenario.clusters[0].settings, choices.overrides.settings ?? {})
  const timing = timingProblem(wanted)
  if (timing !== null)
    throw new HlError('CONFIG_INVALID', `${timing}; Patroni would lower them silently`, {
      next: ['raise --ttl, or lower --loop-wait or --retry-timeout'],
    })
  const {phaseMs, steps: phased} = withPhase(scenario, choices.seed, wanted)
  const steps = planSteps(phased, state)
  return {
    // With the drawn hold among its steps, so that step numbers in events and in the stored scenario agree.
    scenario: {...scenario, steps: phased, objectives: {...scenario.objectives, ...choices.overrides.objectives}},
    lab: lab.name,
    ...(state === null ? {newLab: true} : {}),
    seed: choices.seed,
    through: choices.through,
    ...directTo(choices.through, state),
    ...(choices.asked === undefined ? {} : {asked: choices.asked}),
    ...(lab.shard === undefined ? {} : {shard: lab.shard}),
    settings: wanted,
    load: {...defaultLoad, ...scenario.load, ...choices.overrides.load},
    steps,
    phaseMs,
    withinMs: prepareWithinMs + steps.reduce((sum, step) => sum + step.withinMs, 0) + endWithinMs(phased),
  }
}

/** Only the library over shards knows which shard a row is on. */
function requireWay({name, sharded}: Scenario, through: AccessPathName): void {
  if (sharded !== undefined && through !== 'router')
    throw new HlError('USAGE', `the load of ${name} goes over shards, which ${through} knows nothing of`, {
      next: ['leave --through out'],
    })
}

function requireHealthy(state: ClusterState, settings: ClusterSettings): void {
  const problems = healthProblems(state, settings)
  if (problems.length > 0)
    throw new HlError('LAB_UNHEALTHY', `lab ${state.lab} is not healthy: ${problems.join('; ')}`, {
      next: [
        hint('faults heal', {flags: {all: true}, why: 'undoes faults that were left'}),
        hint('status', {flags: {watch: true}, why: 'shows when it has recovered'}),
        hint('down', {why: 'takes it away, for a new one to be brought up'}),
      ],
    })
}

/**
 * A healthy cluster has a primary: it is the address that an application without a failover has in its configuration.
 */
function directTo(through: AccessPathName, state: ClusterState | null): Pick<Plan, 'directTo'> {
  const primary = state?.primary ?? null
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
 * uniform over the loop. Recoveries do not depend on it.
 */
function withPhase(
  {kind, steps}: Scenario,
  seed: number,
  {loopWaitS}: ClusterSettings,
): {readonly phaseMs: number; readonly steps: readonly Step[]} {
  const disturbs = steps.findIndex(step => step.kind === 'inject' || step.kind === 'switchover')
  if (kind !== 'failover' || disturbs === -1) return {phaseMs: 0, steps}
  const phaseMs = Math.floor(seededRandom(seed).next() * loopWaitS * 1_000)
  if (phaseMs === 0) return {phaseMs, steps}
  return {phaseMs, steps: steps.toSpliced(disturbs, 0, {kind: 'hold', forMs: phaseMs, as: 'baseline'})}
}

function planSteps(steps: readonly Step[], state: ClusterState | null): readonly PlannedStep[] {
  const open = new Set<string>()
  return steps.map((step, index) => {
    const planning = {state, open: open.size}
    const planned = {index, step, label: labelOf(step, planning), withinMs: withinMsOf(step, planning)}
    if (step.kind === 'inject') open.add(step.id)
    if (step.kind === 'heal' && step.id === 'all') open.clear()
    else if (step.kind === 'heal') open.delete(step.id)
    return planned
  })
}
