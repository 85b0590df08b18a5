// Any operation that a history may hold, for property tests. Not here: histories that make sense (build-history.ts,
// simulate-run.ts).
import fc from 'fast-check'
import type {Op} from '../src/model/history.ts'

const count = fc.oneof(
  {weight: 5, arbitrary: fc.nat({max: 5_000})},
  fc.nat(),
  fc.constantFrom(2 ** 31, 2 ** 32, Number.MAX_SAFE_INTEGER),
)
const time = fc.oneof(
  fc.nat({max: 172_800_000}),
  fc.bigInt({min: 0n, max: 172_800_000_000_000n}).map(ns => Number(ns) / 1e6),
  fc.double({min: 0, max: 172_800_000, noNaN: true}),
)
const lsn = fc.oneof(
  fc
    .tuple(fc.nat({max: 0xfffff}), fc.nat({max: 0xffff_ffff}))
    .map(([high, low]) => `${high.toString(16)}/${low.toString(16)}`.toUpperCase()),
  fc.constantFrom('0/3000000', '0/0', '00/1', '0/0A', 'a/b', 'FFFFFFFF/FFFFFFFF', 'x', '', '0/1"', '1/2/3'),
)
const word = fc.oneof(fc.constantFrom('pg1', 'pg2', 's1', 's2'), fc.string())
const orNull = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(of, {nil: null, freq: 3})
const read = {reader: count, of: count, seen: orNull(count)}
const own: Readonly<Record<Op['kind'], Readonly<Record<string, fc.Arbitrary<unknown>>>>> = {
  'append': {session: count, version: count},
  'transfer': {
    from: count,
    to: count,
    amount: fc.oneof(count, fc.integer(), fc.double({noNaN: true, noDefaultInfinity: true})),
  },
  'read-primary': read,
  'read-standby': read,
  'pinned-write': {pinnedTo: word, lsn: orNull(lsn)},
  'table-write': {table: word},
  'scatter-read': {partial: fc.boolean(), missing: fc.array(word, {maxLength: 2}), seen: orNull(count)},
}

const always = ['kind', 'id', 'dueMs', 'invokedMs', 'completedMs', 'outcome', 'node', 'timeline', 'error'] as const

export const anyOp: fc.Arbitrary<Op> = fc.constantFrom(...(Object.keys(own) as readonly Op['kind'][])).chain(kind =>
  fc.record(
    {
      kind: fc.constant(kind),
      id: count,
      dueMs: time,
      invokedMs: time,
      completedMs: time,
      outcome: fc.constantFrom('ok', 'ok-local', 'failed', 'unknown'),
      node: orNull(word),
      timeline: orNull(count),
      error: orNull(fc.record({code: orNull(word), message: fc.string()})),
      cluster: word,
      shards: fc.array(word, {maxLength: 2}),
      groups: fc.array(fc.nat({max: 63}), {maxLength: 2}),
      ...own[kind],
    },
    {requiredKeys: [...Object.keys(own[kind]), ...always] as (typeof always)[number][]},
  ),
) as unknown as fc.Arbitrary<Op>
