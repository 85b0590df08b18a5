// What a shard is sent for one leg. Pure. Not here: sending it.
import type {ShardedStatement} from '../read-statement.ts'
import type {Leg} from '../routing/bound-route.ts'

type LegConfig = {text: string; values: unknown[]; name?: string} & ReturnType<typeof rowsFormOf>

/** The name of a prepared statement goes with its own text only. */
export function configOf({text, values}: Leg, {name, text: own, rowMode, types}: ShardedStatement): LegConfig {
  const config: LegConfig = {text, values: [...values]}
  if (name !== undefined && text === own) config.name = name
  return rowMode === undefined && types === undefined ? config : {...config, ...rowsFormOf({rowMode, types})}
}

/** How the caller wants its rows. */
export function rowsFormOf({rowMode, types}: Pick<ShardedStatement, 'rowMode' | 'types'>): {
  rowMode?: 'array'
  types?: NonNullable<ShardedStatement['types']>
} {
  return {...(rowMode === undefined ? {} : {rowMode}), ...(types === undefined ? {} : {types})}
}
