// All that a run needs from outside, as one value. Invariant: nothing in src/runner reaches the world by another way. Not here: who builds it (cli/wire.ts, test/fakes).
import type {Clock, Cluster, EventSink, Load, Observer} from '../model/ports.ts'
import type {RunRecord} from '../model/report.ts'
import type {FaultSpec} from '../model/scenario.ts'

/** A fault on named targets, ready to be done. Evidence is one sentence for people; null means "not seen yet". */
export interface FaultAction {
  /** One line: what is done to whom. */
  readonly describe: string
  /** Why it cannot be done here; null when it can. */
  unavailable(): Promise<string | null>
  inject(): Promise<void>
  /** Looks for the effect itself, not for the command's return. */
  injected(): Promise<string | null>
  /** Idempotent: also right when the fault never took hold. */
  heal(): Promise<void>
  healed(): Promise<string | null>
}

export interface World {
  readonly cluster: Cluster
  readonly load: Load
  readonly observer: Observer
  readonly fault: (spec: FaultSpec, targets: readonly string[]) => FaultAction
  readonly clock: Clock
  readonly emit: EventSink
  /** Aborted by Ctrl-C, with the signal's name as its reason. */
  readonly signal: AbortSignal
  /** Keeps the record: once when the load is about to start, once at the end. */
  readonly save: (record: RunRecord) => void
}
