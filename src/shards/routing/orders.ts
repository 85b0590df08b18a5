// Which order a column of a type has. Invariant: only orders that are the same on every server and that gather
// compares exactly; text under "C" only. Pure.
import type {Order} from './gather-plan.ts'
import {unsupported} from './refusal.ts'
import type {Typed} from './typed.ts'

const orders: ReadonlyMap<string, Order> = new Map([
  ['int2', 'int'],
  ['int4', 'int'],
  ['int8', 'int'],
  ['numeric', 'numeric'],
  ['float4', 'float'],
  ['float8', 'float'],
  ['bool', 'bool'],
  ['text', 'text-c'],
  ['varchar', 'text-c'],
  ['bytea', 'bytea'],
  ['uuid', 'uuid'],
  ['timestamp', 'timestamp'],
  ['timestamptz', 'timestamptz'],
  ['date', 'date'],
  ['time', 'time'],
])

/** Null: no order that can be merged, whatever the collation. */
export function orderOfType(type: string): Order | null {
  return orders.get(type) ?? null
}

export function isC(collation: string | null, defaultIsC: boolean): boolean {
  return (
    collation === 'C' || collation === 'POSIX' || collation === 'ucs_basic' || (collation === 'default' && defaultIsC)
  )
}

/** The order that ORDER BY of PostgreSQL means. Throws UNSUPPORTED with the way out. */
export function sortOrder(typed: Typed | null, what: string, defaultIsC: boolean): Order {
  if (typed === null)
    throw unsupported(`${what} over several shards by an expression of unknown type`, 'cast it: (…)::numeric')
  const order = orderOfType(typed.type)
  if (order === null)
    throw unsupported(`${what} over several shards by the type ${typed.type}`, 'cast it, or give the key')
  if (order === 'text-c' && !isC(typed.collation, defaultIsC))
    throw unsupported(
      `${what} over several shards under the collation ${String(typed.collation)}`,
      'add COLLATE "C", whose order is the same on every server',
    )
  return order
}

/** An order in which equal values stand together, for grouping; text goes by its bytes whatever its collation. */
export function groupOrder(typed: Typed | null, what: string): Order {
  if (typed === null)
    throw unsupported(`${what} over several shards by an expression of unknown type`, 'cast it: (…)::numeric')
  const order = orderOfType(typed.type)
  if (order === null || typed.collation?.startsWith('nondeterministic') === true || typed.collation === 'conflict')
    throw unsupported(`${what} over several shards by the type ${typed.type}`, 'cast it, or bring the key into it')
  return order
}
