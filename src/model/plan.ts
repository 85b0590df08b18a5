// A plan: a scenario joined with the live cluster and a seed; what --dry-run prints and what the runner executes. Not
// here: how it is made (src/experiment/plan-experiment.ts).
import type {ClusterSettings} from './topology.ts'
import type {LoadSpec, Scenario, Step, AccessPathName} from './scenario.ts'

export interface PlannedStep {
  readonly index: number
  readonly step: Step
  /** One line for people, with the names that the targets have now. */
  readonly label: string
  readonly withinMs: number
}

/**
 * What a person asked for beside the seed and the number of trials: flags of the command with their values, so that a
 * report can name the command that repeats it.
 */
export type Asked = Readonly<Record<string, string | readonly string[]>>

/** Whose run it is: what a person noted of it, and what git says of the working directory; absent: nothing is said. */
export interface Origin {
  readonly note?: string
  /** The whole hash. */
  readonly commit?: string
  /** Of the commit. */
  readonly author?: string
}

export interface Plan {
  readonly scenario: Scenario
  readonly lab: string
  /** The lab is made for this, so that its roles are not known yet, and its settings are the defaults. */
  readonly newLab?: true
  readonly seed: number
  readonly through: AccessPathName
  /** Of `direct` only: the node that the load knows. */
  readonly directTo?: string
  readonly asked?: Asked
  /** The shard that it is about; absent in a lab of one cluster. */
  readonly shard?: string
  readonly settings: ClusterSettings
  readonly load: LoadSpec
  readonly steps: readonly PlannedStep[]
  /** The draw over the HA loop that was added before the first fault, in ms. */
  readonly phaseMs: number
  /** Upper bound of the run, from its first look at the lab until everything is undone; not of making the lab. */
  readonly withinMs: number
}
