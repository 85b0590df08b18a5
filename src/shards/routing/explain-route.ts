// A route in words: which shards, why, what each of them runs and what is left for the merge. Pure, for people:
// nothing reads it again.
import type {BoundRoute, Merge} from './bound-route.ts'
import type {GatherPlan} from './gather-plan.ts'
import {ShardError} from '../shard-error.ts'
import type {StatementRoute} from './statement-route.ts'

/** What would be done with a statement, for people. */
export interface RouteExplanation {
  /** By name. */
  readonly shards: readonly string[]
  /** Why these. */
  readonly reason: string
  /** What the shards do themselves, of a statement on several. */
  readonly pushedDown: readonly string[]
  /** What becomes of their answers, step by step. */
  readonly merge: readonly string[]
  /** What each of them would be sent. */
  readonly legs: readonly {readonly shard: string; readonly text: string}[]
}

/** What bindRoute made of the route. */
export function explainRoute(route: StatementRoute, bound: BoundRoute): RouteExplanation {
  const {scatter} = route
  const several = bound.merge.kind === 'gather' && !(scatter instanceof ShardError) && scatter.kind === 'gather'
  return {
    shards: bound.legs.map(({shard}) => shard),
    reason: bound.reason,
    pushedDown: several ? scatter.pushed : ['the whole statement'],
    merge: mergeSteps(bound.merge),
    legs: bound.legs.map(({shard, text}) => ({shard, text})),
  }
}

function mergeSteps(merge: Merge): readonly string[] {
  switch (merge.kind) {
    case 'alone':
      return ['the answer of the shard as it is']
    case 'counts':
      return ['row counts are added']
    case 'placed':
      return ['returned rows in the order of VALUES', 'row counts are added']
    case 'appended':
      return ['returned rows shard after shard', 'row counts are added']
    case 'same':
      return ['the answers must agree; one is given']
    case 'gather':
      return gatherSteps(merge.plan)
    default:
      throw new Error(`no such merge: ${String(merge satisfies never)}`)
  }
}

function gatherSteps({sort, combine, distinct, hidden, limit, offset}: GatherPlan): readonly string[] {
  const steps: string[] = []
  if (combine !== null) steps.push(`groups are put together by a server: ${combine.text}`)
  if (sort.length > 0) {
    const keys = sort.map(
      key => `${key.column + 1}${key.descending ? ' DESC' : ''}${key.nullsFirst ? ' NULLS FIRST' : ''}`,
    )
    steps.push(`${combine === null ? 'merged' : 'sorted'} by column ${keys.join(', ')}`)
  }
  if (distinct) steps.push('equal rows once')
  if (offset > 0) steps.push(`${offset} rows are skipped`)
  if (limit !== null) steps.push(`at most ${limit} rows`)
  if (hidden > 0) steps.push(`${hidden} hidden columns are left out`)
  return steps.length > 0 ? steps : ['rows shard after shard']
}
