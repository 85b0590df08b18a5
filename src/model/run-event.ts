// The union of all that can happen in a run. Invariant: only additions; `atMs` is the run's monotonic clock. Sinks
// (view, ndjson file, metrics) are functions of these.
import type {RecoveryPhaseName} from './recovery-record.ts'
import type {Role} from './topology.ts'

interface At {
  readonly atMs: number
}

export type RunEvent = At &
  (
    | {
        readonly kind: 'run.started'
        readonly run: string
        readonly scenario: string
        readonly seed: number
        readonly trial: number
        readonly trials: number
        readonly steps: readonly string[]
        readonly startedAt: string
      }
    | {readonly kind: 'step.started'; readonly step: number; readonly label: string; readonly withinMs: number}
    | {readonly kind: 'step.done'; readonly step: number; readonly label: string; readonly detail: string}
    | {
        readonly kind: 'step.failed'
        readonly step: number
        readonly label: string
        readonly code: string
        readonly message: string
      }
    /** The command is about to be given. */
    | {
        readonly kind: 'fault.commanded'
        readonly fault: string
        readonly describe: string
        readonly targets: readonly string[]
      }
    /** A probe saw the effect. `sinceMs` is when that probe began, so the effect was there by then: this is t_fault. */
    | {readonly kind: 'fault.verified'; readonly fault: string; readonly sinceMs: number; readonly evidence: string}
    /**
     * The statement or the command of a disaster is about to be sent. `targets`: the members that are hit alone; empty
     * where it hits the data or all.
     */
    | {readonly kind: 'disaster.commanded'; readonly describe: string; readonly targets: readonly string[]}
    /** It was answered, or its effect was seen. `atLsn`: the WAL position before it; null when not known. */
    | {readonly kind: 'disaster.done'; readonly atLsn: string | null}
    /** A phase of a recovery is over; it began at `fromMs`. */
    | {readonly kind: 'recovery.phase'; readonly phase: RecoveryPhaseName; readonly fromMs: number}
    | {readonly kind: 'heal.commanded'; readonly fault: string}
    | {readonly kind: 'heal.verified'; readonly fault: string; readonly evidence: string}
    | {readonly kind: 'lease.changed'; readonly from: string | null; readonly to: string | null}
    | {
        readonly kind: 'role.changed'
        readonly node: string
        readonly from: Role
        readonly to: Role
        readonly timeline: number | null
      }
    /** A pinned writer's first ok on a node that did not accept writes before. */
    | {readonly kind: 'node.writable'; readonly node: string; readonly timeline: number | null}
    | {readonly kind: 'node.unwritable'; readonly node: string; readonly reason: string}
    | {readonly kind: 'router.primary'; readonly node: string | null}
    /** Of a move of groups, which is about to do that. */
    | {readonly kind: 'move.step'; readonly from: string; readonly to: string; readonly effect: string}
    /** Writes of its groups were held up so long; `taken-back`: it was too slow, and nothing was switched. */
    | {
        readonly kind: 'move.cutover'
        readonly from: string
        readonly to: string
        readonly pausedMs: number
        readonly outcome: 'switched' | 'taken-back'
      }
    /** Once a second, for the screen. */
    | {
        readonly kind: 'cluster.observed'
        readonly leaseOwner: string | null
        readonly leaseExpiresInMs: number | null
        readonly members: readonly {readonly name: string; readonly role: Role; readonly lagBytes: number | null}[]
      }
    | {
        readonly kind: 'load.window'
        readonly fromMs: number
        readonly ok: number
        readonly failed: number
        readonly unknown: number
        readonly readsOk: number
        readonly p99Ms: number | null
      }
    /** stealPct and pressurePct (PSI cpu some avg10) are null where the host does not tell. */
    | {
        readonly kind: 'host.sampled'
        readonly cpuBusyPct: number
        readonly stealPct: number | null
        readonly pressurePct: number | null
        readonly memoryAvailableMb: number
      }
    /** Fully redundant. `cluster`: the restored one; absent for the one that the run began with. */
    | {readonly kind: 'cluster.healthy'; readonly timeline: number | null; readonly cluster?: string}
    | {readonly kind: 'warning'; readonly code: string; readonly detail: string; readonly next: string}
    | {readonly kind: 'run.interrupted'; readonly signal: string}
    | {readonly kind: 'run.done'; readonly verdict: 'pass' | 'fail' | 'unknown'}
  )

export type RunEventKind = RunEvent['kind']
