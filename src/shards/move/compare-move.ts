// Are both sides of a move the same now? Asked beside whoever runs it, or while it rests. Invariant: nothing but a
// marker is written, and nobody is claimed; a move whose sides are not meant to be alike yet is refused. Not here: the
// comparison (verify-content.ts).
import {ShardError} from '../shard-error.ts'
import type {Direction} from './channel-sql.ts'
import {withSides, type MoveOptions} from './hold-move.ts'
import {moveOf} from './list-moves.ts'
import {MoveChannel} from './move-channel.ts'
import type {MoveContext} from './move-context.ts'
import {MoveMarkers} from './move-markers.ts'
import type {MoveCluster} from './move-servers.ts'
import type {MovePhase} from './move-states.ts'
import {readMovingTables} from './moving-tables.ts'
import {verifyContent} from './verify-content.ts'
import {turned} from './verify-sides.ts'

/** What was compared. */
export interface MoveComparison {
  /** Of the move. */
  readonly id: string
  /** In which it rests, or is at work. */
  readonly phase: MovePhase
  /** Rows of each table, the same on both sides. */
  readonly tables: readonly {readonly table: string; readonly rows: number}[]
}

/** In which direction changes flow; the other phases have none, or are in the middle of something. */
const flows: Readonly<Partial<Record<MovePhase, Direction>>> = {
  subscribed: 'out',
  reversible: 'out',
  verified: 'out',
  settled: 'back',
}

/**
 * Compares contents, after each side has heard of what the other had committed. MOVE_STOPPED with `detail.table` where
 * they differ, or were written too fast to say; MOVE_REFUSED with reason PHASE where there is nothing to compare.
 */
export async function compareMove(
  cluster: MoveCluster,
  id: string,
  options: MoveOptions = {},
): Promise<MoveComparison> {
  const move = await moveOf(cluster, id, options)
  const direction = flows[move.phase]
  if (direction === undefined)
    throw new ShardError(
      'MOVE_REFUSED',
      `the move ${id} stands in phase ${move.phase}, in which its sides are not compared; nothing was changed`,
      {detail: {reason: 'PHASE', id, phase: move.phase, next: move.goal}},
    )
  return withSides(cluster, move, id, options, async (source, destination, limits) => {
    const tables: {readonly table: string; readonly rows: number}[] = []
    const context: MoveContext = {
      id,
      // Of nobody: whatever needs the record refuses it.
      runner: '00000000-0000-0000-0000-000000000000',
      groups: move.groups,
      source,
      destination,
      catalog: cluster.catalog,
      tables: await readMovingTables(source.session),
      limits,
      signal: options.signal,
      tell: progress => {
        if (progress.kind === 'verify') tables.push({table: progress.table, rows: progress.rows})
        options.onProgress?.(progress)
      },
    }
    const back = {producer: destination, consumer: source}
    const sides = direction === 'out' ? {producer: source, consumer: destination} : back
    const markers = await MoveMarkers.open(context, sides.consumer)
    try {
      const channel = new MoveChannel(context, direction, sides)
      // Who is ahead is the side that takes writes.
      const view = direction === 'out' ? context : turned(context)
      await verifyContent(view, () => channel.catchUp(markers))
      return {id, phase: move.phase, tables}
    } finally {
      await markers.end()
    }
  })
}
