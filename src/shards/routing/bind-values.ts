// Keys from the values of a call: which slots a table in a statement is bound to. Invariants: null fulfils no
// equality, so it binds to nothing; what is no key of the type is refused and never guessed. Pure.
import type {KeySource, Literal} from './key-source.ts'
import type {KeyType} from '../keys/key-type.ts'
import {ShardError} from '../shard-error.ts'
import type {UseRoute} from './statement-route.ts'

export type SlotOf = (type: KeyType, value: unknown) => number

/** The slots of one table's keys; null: any. Empty: no row can fulfil the conditions. */
export function slotsOf(use: UseRoute, values: readonly unknown[], slotOf: SlotOf): ReadonlySet<number> | null {
  const [first, ...others] = use.sources.map(
    source => new Set(keysOf(source, values).map(key => slotOf(use.keyType, key))),
  )
  return first === undefined
    ? null
    : others.reduce((slots, some) => new Set([...slots].filter(slot => some.has(slot))), first)
}

/** Throws ShardError KEY_INVALID. */
export function keysOf(source: KeySource, values: readonly unknown[]): readonly unknown[] {
  switch (source.kind) {
    case 'value':
      return withoutNull([valueOf(source.literal, values)], source.exact)
    case 'rows':
      return withoutNull(
        source.items.map(item => valueOf(item, values)),
        true,
      )
    case 'list':
      return withoutNull(
        source.items.map(item => valueOf(item, values)),
        false,
      )
    case 'array':
      return withoutNull(arrayOf(valueOf(source.literal, values)), false)
    default:
      throw new Error(`no such source: ${String(source satisfies never)}`)
  }
}

export function valueOf(literal: Literal, values: readonly unknown[]): unknown {
  return literal.kind === 'constant' ? literal.value : (values[literal.number - 1] ?? null)
}

function withoutNull(keys: readonly unknown[], exact: boolean): readonly unknown[] {
  if (exact && keys.includes(null))
    throw new ShardError('KEY_INVALID', 'the key is null: give each row a key, and compare it by "=" with a value')
  return keys.filter(key => key !== null && key !== undefined)
}

/** A JavaScript array, or a plain array of SQL such as {1,2}. */
function arrayOf(value: unknown): readonly unknown[] {
  if (value === null) return []
  if (Array.isArray(value)) return value.map((item: unknown) => item ?? null)
  const plain = typeof value === 'string' ? /^\{([^"\\{}]*)\}$/.exec(value)?.[1] : undefined
  if (plain === undefined)
    throw new ShardError('KEY_INVALID', 'the list of keys is no array: give it as a JavaScript array')
  if (plain.trim() === '') return []
  return plain.split(',').map(item => (item.trim().toUpperCase() === 'NULL' ? null : item.trim()))
}
