// PURE: moves as scenarios say them, as the library takes them; and what brings groups back to where they were. Not
// here: carrying them out (carry-out-moves.ts).
import type {ShardMove} from '../model/shard-move.ts'
import {stepsAhead, type ListedMove, type MoveOrder, type MoveReport, type MoveRequest} from '../shards/index.ts'
import type {MoveVerb} from './carry-out-moves.ts'

/** One that was carried out, as far as it was. */
export type CarriedMove = Pick<MoveReport, 'id' | 'groups' | 'from' | 'to' | 'phase'>

/** Shares are by the number of groups. */
export function requestOf(move: ShardMove): MoveRequest {
  switch (move.what) {
    case 'groups':
      return {kind: 'move', groups: move.groups, to: move.to}
    case 'rebalance':
      // To the group: what is moved there and back is the same.
      return {kind: 'rebalance', by: 'groups', weights: move.weights, tolerance: 0}
    case 'add':
    case 'drain':
      return {kind: move.what, shard: move.shard, by: 'groups'}
    case 'isolate':
      return {kind: 'isolate', group: move.group, shard: move.shard, by: 'groups'}
  }
}

/** How a move is ended that nobody wants any more: back, as long as that can be had. */
export function verbToEnd(phase: ListedMove['phase']): MoveVerb {
  const verbs = ['abort', 'rollback', 'finish'] as const
  return verbs.find(verb => canBeHad(phase, verb)) ?? 'resume'
}

function canBeHad(phase: ListedMove['phase'], verb: 'abort' | 'rollback' | 'finish'): boolean {
  try {
    return stepsAhead(phase, verb).at(-1)?.then === 'gone'
  } catch {
    return false
  }
}

/** One move for each pair of shards. */
export function movesBack(was: ReadonlyMap<number, string>, is: ReadonlyMap<number, string>): readonly MoveOrder[] {
  const moves = new Map<string, {readonly groups: number[]; readonly from: string; readonly to: string}>()
  for (const [group, to] of was) {
    const from = is.get(group) ?? to
    if (from === to) continue
    const pair = moves.get(`${from} ${to}`) ?? {groups: [], from, to}
    pair.groups.push(group)
    moves.set(`${from} ${to}`, pair)
  }
  return [...moves.values()]
}
