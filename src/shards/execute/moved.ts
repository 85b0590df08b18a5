// Was a statement refused because its key lives elsewhere by now? Pure. Invariant: only the fence's own SQLSTATE with
// its own DETAIL counts. Not here: the fence (map/fence-sql.ts), what follows (repeat-moved.ts).
import {sqlStateOf} from '../../router/index.ts'
import {fenceStates} from '../map/fence-sql.ts'
import type {Placement} from '../map/shard-map.ts'

export interface Moved extends Placement {
  /** On its way to `shard`, which does not own it yet: to take it for the owner would call it set back. */
  readonly isMoving: boolean
}

/** Where the shard says that the group is, or will be in a moment; null when it was refused for anything else. */
export function movedTo(error: unknown): Moved | null {
  if (sqlStateOf(error) !== fenceStates.moved) return null
  const {group, owner, epoch, state} = parsed(Reflect.get(Object(error), 'detail')) as Partial<Record<string, unknown>>
  if (typeof group !== 'number' || typeof owner !== 'string' || typeof epoch !== 'number') return null
  return {group, shard: owner, epoch, isMoving: state === 'm'}
}

function parsed(detail: unknown): object {
  try {
    const value: unknown = JSON.parse(String(detail))
    return typeof value === 'object' && value !== null ? value : {}
  } catch {
    return {}
  }
}
