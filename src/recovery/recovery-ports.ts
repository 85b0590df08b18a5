// What every use case of this room needs from outside.
import type {Docker} from '../lab/docker/docker.ts'
import type {RestorePhase} from '../model/backup.ts'
import type {Clock} from '../model/ports.ts'

/**
 * `create` a new lab's containers, or `set-aside` the data of a lab in place; `take-over` until Patroni has made the
 * restored member the primary.
 */
export type OnPhase = (phase: RestorePhase | 'create' | 'set-aside' | 'take-over', fromMs: number, toMs: number) => void

export interface RecoveryPorts {
  readonly docker: Docker
  readonly clock: Clock
  /** Gives it up: what was begun is taken away or put back, as each use case says. */
  readonly signal?: AbortSignal | undefined
  /** Told what is going on. */
  readonly note: (text: string) => void
  /** Told when a phase is over. */
  readonly onPhase: OnPhase
}
