// LIMIT, OFFSET and FETCH FIRST over several shards. Invariants: null and ALL are no limit; a value that is no whole
// number of zero or more is refused; every shard is asked for limit + offset rows, and the offset is skipped once.
// Pure.
import {cast, integer, parameter} from './build-nodes.ts'
import {literalOf, type Literal} from './key-source.ts'
import {limitNumber} from './render.ts'
import {unsupported} from './refusal.ts'
import type {Node} from './tree-node.ts'

export interface Limits {
  /** Null: there is no such clause. */
  readonly limit: Literal | null
  readonly offset: Literal | null
}

/** Throws UNSUPPORTED for WITH TIES and for expressions. */
export function limitsOf(select: Node): Limits {
  if (select['limitOption'] === 'LIMIT_OPTION_WITH_TIES')
    throw unsupported('FETCH FIRST … WITH TIES over several shards', 'use LIMIT, or give the key')
  return {limit: term(select, 'limitCount', 'LIMIT'), offset: term(select, 'limitOffset', 'OFFSET')}
}

function term(select: Node, field: string, clause: string): Literal | null {
  if (select[field] === undefined) return null
  const literal = literalOf(select[field], 'int')
  if (literal === null) throw unsupported(`${clause} with an expression over several shards`, 'give it as a parameter')
  return literal
}

/** What LIMIT says in a leg: nothing, a number, or a parameter that is filled when the values are known. */
export function legLimit({limit, offset}: Limits): Node {
  if (limit === null || (limit.kind === 'constant' && limit.value === null)) return {}
  const option = {limitOption: 'LIMIT_OPTION_COUNT'}
  const constant = limit.kind === 'constant' && (offset === null || offset.kind === 'constant')
  if (!constant) return {...option, limitCount: cast(parameter(limitNumber), 'int8')}
  const sum = boundLimits({limit, offset}, []).leg
  return sum === null ? {} : {...option, limitCount: integer(sum)}
}

export interface BoundLimits {
  readonly limit: number | null
  readonly offset: number
  /** For the legs. */
  readonly leg: number | null
}

/** Throws UNSUPPORTED for a value that is no whole number of zero or more. */
export function boundLimits({limit, offset}: Limits, values: readonly unknown[]): BoundLimits {
  const rows = limit === null ? null : wholeNumber(limit, values, 'LIMIT')
  const skipped = offset === null ? 0 : (wholeNumber(offset, values, 'OFFSET') ?? 0)
  return {limit: rows, offset: skipped, leg: rows === null ? null : rows + skipped}
}

function wholeNumber(literal: Literal, values: readonly unknown[], clause: string): number | null {
  const value = literal.kind === 'constant' ? literal.value : values[literal.number - 1]
  if (value === null || value === undefined) return null
  const text = typeof value === 'number' || typeof value === 'bigint' || typeof value === 'string' ? String(value) : ''
  const number = /^\s*\+?\d+\s*$/.test(text) ? Number(text) : Number.NaN
  if (!Number.isSafeInteger(number))
    throw unsupported(`${clause} that is no whole number of zero or more`, 'give a number, or null for no limit')
  return number
}
