// Rows of an INSERT to their shards: a text for each shard with its rows in their order, parameters numbered anew.
// Invariant: every row is in exactly one leg, and its place in the answer is known. Pure.
import type {BoundRoute, Leg, Merge} from './bound-route.ts'
import {valueOf, type SlotOf} from './bind-values.ts'
import type {Piece} from './piece.ts'
import type {SplitInsert} from './statement-route.ts'

export function boundSplit(
  split: SplitInsert,
  values: readonly unknown[],
  ownerOf: (slot: number) => string,
  slotOf: SlotOf,
): BoundRoute {
  const places = new Map<string, number[]>()
  split.keys.forEach((key, row) => {
    const shard = ownerOf(slotOf(split.keyType, valueOf(key, values)))
    const rows = places.get(shard)
    if (rows === undefined) places.set(shard, [row])
    else rows.push(row)
  })
  const legs = [...places].map(([shard, rows]) => legOf(shard, rows, split, values))
  const reason = `INSERT of ${split.keys.length} rows, by their keys to ${legs.length} shards`
  return {kind: 'write', reason, legs, merge: mergeOf(split, [...places.values()])}
}

function mergeOf({returning, oneToOne}: SplitInsert, places: readonly (readonly number[])[]): Merge {
  if (!returning) return {kind: 'counts'}
  return oneToOne ? {kind: 'placed', places} : {kind: 'appended'}
}

function legOf(shard: string, rows: readonly number[], split: SplitInsert, values: readonly unknown[]): Leg {
  const numbers: number[] = []
  const written = (piece: Piece): string =>
    piece.texts.reduce((text, next, index) => {
      const number = piece.numbers[index - 1] ?? 0
      const known = numbers.indexOf(number)
      const own = known >= 0 ? known + 1 : numbers.push(number)
      return `${text}$${own}${next}`
    })
  const head = written(split.head)
  const lists = rows.map(row => written(split.rows[row] ?? {texts: [''], numbers: []}))
  const text = `${head}${lists.join(', ')}${written(split.tail)}`
  return {shard, text, values: numbers.map(number => values[number - 1] ?? null)}
}
