// The list of a SELECT with each * written out. Invariant: order and names are those that PostgreSQL gives. Not here:
// names of expressions without AS (output-name.ts).
import type {Level} from './query.ts'
import {unsupported} from './refusal.ts'
import {bodyOf, isNode, listIn, namesOf, type Node} from './tree-node.ts'

/** One column of an answer. */
export interface Target {
  /** As AS says; null: PostgreSQL finds one. */
  readonly name: string | null
  readonly node: unknown
}

export function starsExpanded(targets: readonly unknown[], level: Level): readonly Target[] {
  return targets.flatMap(target => {
    const body = bodyOf(target, 'ResTarget') ?? {}
    const star = starOf(body['val'])
    if (star === null) return [{name: typeof body['name'] === 'string' ? body['name'] : null, node: body['val']}]
    return columnsOf(star, level).map(({name, path}) => ({name, node: columnRef(path)}))
  })
}

/** The parts before the *; null for anything else. */
export function starOf(expression: unknown): readonly string[] | null {
  const fields = listIn(bodyOf(expression, 'ColumnRef') ?? {}, 'fields')
  const last = fields.at(-1)
  if (!isNode(last) || bodyOf(last, 'A_Star') === null) return null
  return namesOf(fields.slice(0, -1))
}

function columnsOf(
  star: readonly string[],
  {scope, star: all, closed}: Level,
): readonly {readonly name: string; readonly path: readonly string[]}[] {
  const relation = star.length === 0 ? null : scope.relationOf(star)
  if (star.length === 0 && closed) return all
  if (relation?.closed !== true)
    throw unsupported(`${[...star, '*'].join('.')} of columns that are not known`, 'write the columns out')
  return relation.columns
}

function columnRef(path: readonly string[]): Node {
  return {ColumnRef: {fields: path.map(sval => ({String: {sval}}))}}
}
