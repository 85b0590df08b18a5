// Runs a routed statement on the shards and puts the answers together as its merge says, for tests only.
import {expect} from 'vitest'
import {bindRoute} from '../../../src/shards/routing/bind-route.ts'
import type {BoundRoute} from '../../../src/shards/routing/bound-route.ts'
import type {RouteCache} from '../../../src/shards/routing/plan-cache.ts'
import {slotOf} from '../../../src/shards/keys/slot.ts'
import {ask, type Databases, type Outcome} from './routing-databases.ts'
import {merged, type Row} from './routing-merger.ts'
import type {Statement} from './routing-statements.ts'

export function routed({text, values}: Statement, cache: RouteCache, {map}: Databases, turn: number): BoundRoute {
  return bindRoute(cache.routeOf(text), values, map, slotOf, turn)
}

export async function run(bound: BoundRoute, {shards}: Databases): Promise<Outcome> {
  const answers: Outcome[] = []
  for (const {shard, text, values} of bound.legs) {
    const client = shards.get(shard)
    if (client === undefined) throw new Error(`no shard ${shard}`)
    answers.push(await ask(client, text, values))
  }
  const [first] = answers
  if (first === undefined) throw new Error('no leg')
  const {merge} = bound
  const count = answers.reduce((sum, {rowCount}) => sum + rowCount, 0)
  switch (merge.kind) {
    case 'alone':
      expect(answers).toHaveLength(1)
      return first
    case 'counts':
      return {...first, rows: [], rowCount: count}
    case 'appended':
      return {...first, rows: answers.flatMap(({rows}) => rows), rowCount: count}
    case 'placed': {
      const rows: Row[] = []
      answers.forEach((answer, leg) =>
        answer.rows.forEach((row, index) => (rows[merge.places[leg]?.[index] ?? -1] = row)),
      )
      return {...first, rows, rowCount: count}
    }
    case 'same':
      for (const answer of answers) expect(answer.rowCount).toBe(first.rowCount)
      return first
    case 'gather': {
      const [client] = shards.values()
      if (client === undefined) throw new Error('no shard')
      const answer = await merged(answers, merge.plan, (combine, rows) =>
        ask(
          client,
          combine.text,
          combine.columnTypes.map((_, column) => rows.map(row => row[column] ?? null)),
        ),
      )
      return {...answer, rowCount: answer.rows.length}
    }
  }
}
