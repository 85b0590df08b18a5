// What a shard is sent for one leg. Pure. Not here: sending it.
import type {ShardedStatement} from '../read-statement.ts'
import type {Leg} from '../routing/bound-route.ts'

/** The name of a prepared statement goes with its own text only. */
export function configOf(
  {text, values}: Leg,
  {name, ...statement}: ShardedStatement,
): {
  text: string
  values: unknown[]
  name?: string
} & ReturnType<typeof rowsFormOf> {
  const named = name !== undefined && text === statement.text ? {name} : {}
  return {text, values: [...values], ...named, ...rowsFormOf(statement)}
}

/** How the caller wants its rows. */
export function rowsFormOf({rowMode, types}: Pick<ShardedStatement, 'rowMode' | 'types'>): {
  rowMode?: 'array'
  types?: NonNullable<ShardedStatement['types']>
} {
  return {...(rowMode === undefined ? {} : {rowMode}), ...(types === undefined ? {} : {types})}
}
