// Asks a test for what is there of what its service promised. Invariant: what cannot be believed is told as such, with
// the reason, and never taken for a figure. Not here: figures (judge-requests.ts).
import {messageOf} from '../model/errors.ts'
import type {Clock} from '../model/ports.ts'
import {within} from '../waiting/await-until.ts'
import {contradiction, type Verified} from './judge-requests.ts'
import type {Verify} from './measure-options.ts'
import type {RequestLoad} from './request-load.ts'

const verifyWithinMs = 120_000

export async function verifyWrites(
  load: RequestLoad,
  look: Verify | undefined,
  {clock, signal}: {readonly clock: Clock; readonly signal: AbortSignal},
): Promise<Verified> {
  if (look === undefined) return {kind: 'not-asked'}
  const attempted = load.ops.map(({id}) => load.idOf(id))
  const promised = load.ops.flatMap(({id, outcome}) => (outcome === 'ok' ? [load.idOf(id)] : []))
  try {
    const found: unknown = await within(
      Promise.resolve().then(() => look(promised, attempted)),
      {clock, signal, withinMs: verifyWithinMs, what: 'verify to tell what is there'},
    )
    const ids = idsOf(found)
    const why = ids === null ? 'verify gave no list of ids' : contradiction(ids, attempted)
    return ids === null || why !== null ? {kind: 'failed', why: why ?? ''} : {kind: 'found', ids}
  } catch (error) {
    signal.throwIfAborted()
    return {kind: 'failed', why: `verify failed: ${messageOf(error)}`}
  }
}

/** null: it is no list. A text is one of characters, which nobody means. */
function idsOf(found: unknown): readonly string[] | null {
  if (typeof found !== 'object' || found === null || !(Symbol.iterator in found)) return null
  return [...(found as Iterable<unknown>)].map(String)
}
