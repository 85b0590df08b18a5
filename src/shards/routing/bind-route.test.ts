// The short way of a statement of one key says what the general way says.
import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {slotOf} from '../keys/slot.ts'
import {ShardError} from '../shard-error.ts'
import {bindRoute, type Owners} from './bind-route.ts'
import type {KeySource, Literal} from './key-source.ts'
import type {StatementRoute} from './statement-route.ts'

const map: Owners = {
  shards: ['s1', 's2', 's3'],
  ownerOf: slot => `s${1 + (slot % 3)}`,
  groupsOf: () => [1],
}

const literals = fc.oneof(
  fc.record({kind: fc.constant('parameter' as const), number: fc.integer({min: 1, max: 3})}),
  fc.record({kind: fc.constant('constant' as const), value: fc.option(fc.integer())}),
)
const sources: fc.Arbitrary<KeySource> = fc.oneof(
  fc.record({kind: fc.constant('value' as const), literal: literals, exact: fc.boolean()}),
  fc.record({kind: fc.constant('rows' as const), items: fc.array<Literal>(literals, {minLength: 1, maxLength: 2})}),
)
const keys = fc.oneof(fc.integer(), fc.bigInt({min: -(2n ** 63n), max: 2n ** 63n - 1n}), fc.constant(null), fc.string())

const routeOf = (given: readonly KeySource[]): StatementRoute => ({
  text: 'SELECT 1',
  kind: 'read',
  place: 'keys',
  uses: [{table: 'orders', column: 'user_id', keyType: 'int8', changed: false, sources: given}],
  scatter: new ShardError('UNSUPPORTED', 'not on several shards'),
})

function outcomeOf(given: readonly KeySource[], values: readonly unknown[]): unknown {
  try {
    return bindRoute(routeOf(given), values, map, slotOf)
  } catch (error) {
    return error instanceof ShardError ? [error.code, error.message] : error
  }
}

describe('bindRoute', () => {
  it('binds one key as it binds a condition that is said twice', () => {
    fc.assert(
      fc.property(sources, fc.array(keys, {maxLength: 3}), (source, values) => {
        expect(outcomeOf([source], values)).toEqual(outcomeOf([source, source], values))
      }),
      {numRuns: 1_000},
    )
  })
})
