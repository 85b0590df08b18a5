// The name of a prepared statement: PostgreSQL keeps one text for it on a connection.
import {expect, it} from 'vitest'
import {configOf} from './leg-config.ts'

const statement = {text: 'SELECT 1', values: [], name: 'mine', rowMode: undefined, types: undefined}

it.each([
  ['SELECT 1', 'mine'],
  ['SELECT 1 WHERE user_id = ANY (CAST($1 AS bigint[]))', undefined],
])('of a leg with the text %s is %s', (text, name) => {
  expect(configOf({shard: 'a', text, values: [1]}, statement).name).toBe(name)
})
