// How far an experiment has come. Invariant: only the steps change it.
import type {RestoreFacts, Refusal, RecoveryPhaseName} from '../model/recovery-record.ts'
import type {Disaster, Sabotage} from '../model/scenario.ts'
import type {Check} from '../model/verdict.ts'
import type {Disturbance} from './conditions.ts'
import type {RestoredCluster, World} from './world.ts'

/** A disaster that happened, or began to. */
export interface Hit {
  readonly disaster: Disaster
  /** The member that was hit alone; null: the data, or all of them. */
  readonly member: string | null
  readonly commandedMs: number
  /** null: nobody knows whether it took effect. */
  readonly doneMs: number | null
}

export interface Progress {
  disturbance: Disturbance
  hit: Hit | null
  sabotage: Sabotage | null
  /** Nodes are gone for good, so waiting for full redundancy is in vain until something brings them back. */
  degraded: boolean
  /** The cluster that came back, new or in place; from then on it is the one that steps are about. */
  restored: RestoredCluster | null
  facts: RestoreFacts | null
  refusal: Refusal | null
  /** What was looked at so far. */
  verification: Check[]
  /** What is looked at once no load runs any more. */
  atEnd: ((signal: AbortSignal) => Promise<readonly Check[]>)[]
  /** When the last phase of a recovery ended. */
  phaseEndMs: number | null
}

export function startOfProgress(): Progress {
  return {
    disturbance: {ownerBefore: null, verifiedMs: null},
    hit: null,
    sabotage: null,
    degraded: false,
    restored: null,
    facts: null,
    refusal: null,
    verification: [],
    atEnd: [],
    phaseEndMs: null,
  }
}

/**
 * Tells that a phase of a recovery is over now. One that ends with a write is told once writes have gone well for a
 * while; what it takes of the RTO ends with the write itself, which is in the history.
 */
export function tellPhase(
  {emit, clock}: Pick<World, 'emit' | 'clock'>,
  progress: Progress,
  phase: RecoveryPhaseName,
  fromMs: number,
): void {
  const atMs = clock.nowMs()
  progress.phaseEndMs = atMs
  emit({kind: 'recovery.phase', atMs, phase, fromMs})
}
