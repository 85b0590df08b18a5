// PURE: what a transaction did to tables, in words. Not here: how that is known (follow-tables.ts).
import {madeItself, type Effects, type Loss, type TableEffect, type WatchedTable} from './follow-tables.ts'

const lossWords: Readonly<Record<Loss, string>> = {
  drop: 'dropped',
  truncate: 'truncated',
  rewrite: 'rewrote and kept the rows of',
  unknown: 'emptied or rewrote',
}

/** For a person: `deleted 500 rows of g.x`. */
export function describeEffects(effects: Effects, tables: readonly WatchedTable[]): string {
  const nameOf = new Map([...tables.map(({oid, name}) => [oid, name] as const), [madeItself, 'a table that it made']])
  return [...effects].flatMap(([oid, effect]) => describeEffect(effect, nameOf.get(oid) ?? oid)).join(', ')
}

function describeEffect({rows, lost, locked}: TableEffect, name: string): readonly string[] {
  const counted = (
    [
      [rows.insert, 'inserted'],
      [rows.update, 'updated'],
      [rows.delete, 'deleted'],
    ] as const
  )
    .filter(([count]) => count > 0)
    .map(([count, verb]) => `${verb} ${count} ${count === 1 ? 'row' : 'rows'} of ${name}`)
  if (lost !== null) return [...counted, `${lossWords[lost]} ${name}`]
  return counted.length === 0 && locked ? [`changed ${name} as a table`] : counted
}
