// All that a run needs from outside, as one value. Invariant: nothing in src/experiment reaches the world by another
// way. Not here: who builds it (cli/wire.ts, test/fakes).
import type {Fault} from '../faults/fault.ts'
import type {Clock, Cluster, EventSink, Load, Observer} from '../model/ports.ts'
import type {RunRecord} from '../model/report.ts'
import type {FaultSpec} from '../model/scenario.ts'

export interface World {
  readonly cluster: Cluster
  readonly load: Load
  readonly observer: Observer
  readonly fault: (spec: FaultSpec, targets: readonly string[]) => Fault
  readonly clock: Clock
  readonly emit: EventSink
  /** Aborted by Ctrl-C, with the signal's name as its reason. */
  readonly signal: AbortSignal
  /** Asked before each step (`--interactive`); the load goes on meanwhile. */
  readonly beforeStep?: (label: string) => Promise<void>
  /** Keeps the record: once when the load is about to start, once at the end. */
  readonly save: (record: RunRecord) => void
}
