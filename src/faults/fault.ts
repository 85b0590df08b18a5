// What a fault is: one way to break one thing, with its proof, its way back and the proof of that. Invariant: the proof
// looks at the effect, never at the command's return; healing is idempotent and right in whatever state the target is.
// Not here: when faults are done (src/experiment).
import type {Cluster} from '../model/ports.ts'
import type {FaultSpec} from '../model/scenario.ts'

/** A fault on named targets, ready to be done. Evidence is one sentence for people; null means "not seen yet". */
export interface Fault {
  /** One line: what is done to whom. */
  readonly describe: string
  /** Why it cannot be done here and now; null when it can. Looks only. */
  unavailable(): Promise<string | null>
  inject(): Promise<void>
  injected(): Promise<string | null>
  heal(): Promise<void>
  healed(): Promise<string | null>
}

/** A kind of fault, as `hl faults` shows it. */
export interface FaultType<S extends FaultSpec> {
  /** One line: what it does. */
  readonly summary: string
  /** The code path of the cluster that it exercises. */
  readonly exercises: string
  make(cluster: Cluster, spec: S, targets: readonly string[]): Fault
}

/** Asks about every target; the sentences joined once all have one, else null. */
export async function evidenceFor(
  targets: readonly string[],
  probe: (target: string) => Promise<string | null>,
): Promise<string | null> {
  const found = await Promise.all(targets.map(async target => await probe(target)))
  const seen = found.filter(sentence => sentence !== null)
  return seen.length === targets.length ? seen.join('; ') : null
}

/**
 * Does the same to every target at once; waits for all of them even when one fails, so that nothing goes on behind the
 * caller's back.
 */
export async function toAll(targets: readonly string[], act: (target: string) => Promise<unknown>): Promise<void> {
  const results = await Promise.allSettled(targets.map(async target => await act(target)))
  const failed = results.find(result => result.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}

/** The first reason why a target does not suit; null when all do. */
export async function firstReason(
  targets: readonly string[],
  reason: (target: string) => Promise<string | null>,
): Promise<string | null> {
  return (await Promise.all(targets.map(async target => await reason(target)))).find(found => found !== null) ?? null
}
