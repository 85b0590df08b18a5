// What a kind of step is: how a plan tells it, and how it is carried out.
import type {Plan} from '../../model/plan.ts'
import type {StepKind, StepOf} from '../../model/scenario.ts'
import type {ClusterState} from '../../model/topology.ts'
import type {Loads} from '../loads.ts'
import type {Progress} from '../progress.ts'
import type {Redundancy} from '../redundancy.ts'
import type {UndoStack} from '../undo-stack.ts'
import type {World} from '../world.ts'

/** What is known when a step is planned. */
export interface Planning {
  /** null: the lab is made for the experiment, so nobody knows yet who is who. */
  readonly state: ClusterState | null
  /** How many faults are in place before the step. */
  readonly open: number
}

/** What an experiment holds while its steps are walked. */
export interface Walking {
  readonly world: World
  readonly plan: Plan
  readonly progress: Progress
  /** Every deed that has to be undone is pushed before it is done. */
  readonly stack: UndoStack
  /** Undone after the final read: what that has to see, and settings. */
  readonly lastly: UndoStack
  readonly redundancy: Redundancy
  readonly loads: Loads
}

/** What a step works with. */
export interface StepContext extends Walking {
  /** Aborted by Ctrl-C, and when the step is over its deadline. */
  readonly signal: AbortSignal
  /** When the step has to be over, in ms of the run's clock. */
  readonly deadlineMs: number
  /** Notes what the step sees, for the error when it is over its deadline. */
  readonly see: (text: string) => void
}

export interface StepKindOf<K extends StepKind> {
  /** One line for people, with the names that targets have now. PURE. */
  label(step: StepOf<K>, planning: Planning): string
  /** Its deadline. PURE. */
  withinMs(step: StepOf<K>, planning: Planning): number
  /** Resolves with one sentence on what came of it; rejects with HlError or with the signal's reason. */
  run(step: StepOf<K>, context: StepContext): Promise<string>
}

/** What is left until the step's deadline; never 0, so that every wait polls at least once. */
export function leftMs({world, deadlineMs}: StepContext): number {
  return Math.max(1, deadlineMs - world.clock.nowMs())
}
