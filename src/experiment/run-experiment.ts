// One experiment, whole: a lab (found, or brought up and taken down), its lock, the trials, the summary. Invariant: what
// destroys a lab works on a lab of its own, never on one that was there.
import type {PlanOverrides} from './plan-experiment.ts'
import type {Plan} from '../model/plan.ts'
import type {EventSink} from '../model/ports.ts'
import type {Report} from '../model/report.ts'
import type {Scenario, Through} from '../model/scenario.ts'
import type {UpOptions} from '../lab/lifecycle/up-lab.ts'

/** How the lab is reached, and how it is made where it has to be. */
export type LabChoices = Pick<UpOptions, 'reach' | 'portBase' | 'encrypt' | 'archive'>

export interface ExperimentOptions {
  readonly scenario: Scenario
  /** The lab's name; a scenario that makes a lab of its own refuses one that is there. */
  readonly lab: string
  /** Where run folders are made. */
  readonly runsRoot: string
  /** Trials in a row. */
  readonly repeat: number
  /** Of the first trial; the others count up from it. */
  readonly seed: number
  readonly through: Through
  readonly overrides: PlanOverrides
  /** Leaves the labs running that were brought up for this. */
  readonly keep: boolean
  readonly up: LabChoices
  readonly watch: EventSink
  readonly note: (text: string) => void
  readonly signal: AbortSignal
  /** Asked before each step (`--interactive`); the load goes on meanwhile. */
  readonly beforeStep?: (label: string) => Promise<void>
}

/** What a plan depends on. */
export type PlanOptions = Pick<ExperimentOptions, 'scenario' | 'lab' | 'seed' | 'through' | 'overrides' | 'up'>

export declare function runExperiment(options: ExperimentOptions): Promise<Report>
export declare function planExperiment(options: PlanOptions): Promise<Plan>
