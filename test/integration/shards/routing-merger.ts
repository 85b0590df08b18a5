// A small merger of legs, for tests only: it does what a GatherPlan says, in the plainest way, and checks that the
// legs are as the plan promises (sorted, of the types of their orders). Not here: streaming, memory, failures
// (src/shards/gather).
import {expect} from 'vitest'
import type {Combine, GatherPlan, Order, SortKey} from '../../../src/shards/routing/gather-plan.ts'

export type Row = readonly (string | null)[]

export interface Answer {
  readonly rows: readonly Row[]
  readonly names: readonly string[]
  readonly types: readonly number[]
}

/** Type numbers of pg_type that an order is for. */
const typesOf: Readonly<Record<Order, readonly number[]>> = {
  'int': [20, 21, 23],
  'numeric': [1700],
  'float': [700, 701],
  'bool': [16],
  'text-c': [25, 1043],
  'bytea': [17],
  'uuid': [2950],
  'timestamp': [1114],
  'timestamptz': [1184],
  'date': [1082],
  'time': [1083],
}

/** Scaled by 10^60, NaN above all. */
function exact(text: string): bigint {
  if (text === 'NaN') return 10n ** 200n
  if (text.endsWith('Infinity')) return text.startsWith('-') ? -(10n ** 199n) : 10n ** 199n
  const [whole = '', fraction = ''] = text.split('.')
  if (!/^-?\d+$/.test(whole) || fraction.length > 60) throw new Error(`no plain number: ${text}`)
  return BigInt(whole + fraction.padEnd(60, '0'))
}

function compareTexts(a: string, b: string, order: Order): number {
  if (order === 'int') return Number(BigInt(a) - BigInt(b))
  if (order === 'numeric' || order === 'float') return exact(a) === exact(b) ? 0 : exact(a) < exact(b) ? -1 : 1
  if (order === 'timestamptz')
    return Buffer.compare(Buffer.from(a.replace('+00', '')), Buffer.from(b.replace('+00', '')))
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

export function comparator(keys: readonly SortKey[]): (a: Row, b: Row) => number {
  return (a, b) => {
    for (const {column, descending, nullsFirst, order} of keys) {
      const [x, y] = [a[column] ?? null, b[column] ?? null]
      if (x === null && y === null) continue
      if (x === null) return nullsFirst ? -1 : 1
      if (y === null) return nullsFirst ? 1 : -1
      const difference = compareTexts(x, y, order)
      if (difference !== 0) return descending ? -difference : difference
    }
    return 0
  }
}

function checkSorted(answer: Answer, keys: readonly SortKey[], what: string): void {
  const compare = comparator(keys)
  answer.rows.forEach((row, index) => {
    const before = answer.rows[index - 1]
    if (before !== undefined)
      expect(compare(before, row), `${what}: rows ${index - 1} and ${index}`).toBeLessThanOrEqual(0)
  })
  for (const {column, order} of keys)
    expect(typesOf[order], `${what}: column ${column}`).toContain(answer.types[column])
}

export async function merged(
  legs: readonly Answer[],
  plan: GatherPlan,
  combine: (by: Combine, rows: readonly Row[]) => Promise<Answer>,
): Promise<Answer> {
  const legKeys = plan.combine?.groupKeys ?? (plan.distinct ? plan.distinctKeys : plan.sort)
  for (const leg of legs) checkSorted(leg, legKeys, 'a leg')
  const [first] = legs
  for (const leg of legs) expect([leg.names, leg.types]).toEqual([first?.names, first?.types])
  const all = legs.flatMap(leg => leg.rows)
  const answer =
    plan.combine === null ? {...(first ?? {names: [], types: []}), rows: all} : await combine(plan.combine, all)
  for (const {column, order} of plan.sort) expect(typesOf[order]).toContain(answer.types[column])
  const sorted = answer.rows.toSorted(comparator(plan.sort))
  const width = answer.names.length - plan.hidden
  const visible = sorted.map(row => row.slice(0, width))
  const same = comparator(plan.distinctKeys)
  const once = plan.distinct
    ? visible.filter((row, index) => index === 0 || same(visible[index - 1] ?? [], row) !== 0)
    : visible
  const rows = once.slice(plan.offset, plan.limit === null ? undefined : plan.offset + plan.limit)
  return {rows, names: answer.names.slice(0, width), types: answer.types.slice(0, width)}
}
