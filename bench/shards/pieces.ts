// The pure pieces of finding a shard, one by one, in this thread. Invariant: what a piece returns is used, so that it
// cannot be optimised away. Not here: the whole way of a statement (routing.ts).
import {PlanCache} from '../../src/router/statements/plan-cache.ts'
import {slotOf} from '../../src/shards/keys/slot.ts'
import type {KeyType} from '../../src/shards/keys/key-type.ts'
import {Planner} from '../../src/shards/planner.ts'
import {loadSql} from '../../src/shards/routing/load-sql.ts'
import {percentileOf} from '../router/figures.ts'
import {interleaved, type ByContender} from '../router/rounds.ts'
import {knownTables} from './known-tables.ts'
import {map} from './keys.ts'
import {scatters, statementOf} from './statements.ts'

interface Piece {
  /** Made anew for each turn; what it gives is called with 0, 1, 2 … */
  readonly prepare: () => Promise<(index: number) => unknown>
}

const read = statementOf('read', 'tables', 1).text
const insert = statementOf('insert', 'tables', 1).text

export const pieces = {
  'router: planOf, known text': {
    prepare: async () => {
      const plans = new PlanCache()
      return () => plans.planOf(read)
    },
  },
  'planner: bind of a read by key, known text': {prepare: async () => bound(read, index => [index])},
  'planner: bind of an insert, known text': {prepare: async () => bound(insert, index => [index, index, 1])},
  'planner: bind of count(*) on all shards, known text': {prepare: async () => bound(scatters['count(*)'], () => [])},
  'planner: bind of a read by key, new text': {
    prepare: async () => {
      const planner = await newPlanner()
      return index => planner.bind(`${read} AND amount > ${index}`, [index])
    },
  },
  'slotOf, int8, number': {prepare: async () => ofKeys('int8', index => index)},
  'slotOf, int4, number': {prepare: async () => ofKeys('int4', index => index)},
  'slotOf, int2, number': {prepare: async () => ofKeys('int2', index => index % 32_768)},
  'slotOf, int8, number above 2^31': {prepare: async () => ofKeys('int8', index => 2 ** 40 + index)},
  'slotOf, int8, bigint': {prepare: async () => ofKeys('int8', index => 2n ** 40n + BigInt(index))},
  'slotOf, int8, text of digits': {prepare: async () => ofKeys('int8', index => String(1_000_000 + index))},
  'slotOf, uuid': {prepare: async () => ofKeys('uuid', uuidOf)},
  'slotOf, text, 12 characters': {prepare: async () => ofKeys('text', index => `customer${1_000 + (index % 9_000)}`)},
} as const satisfies Readonly<Record<string, Piece>>
export type PieceName = keyof typeof pieces
export const pieceNames = Object.keys(pieces) as readonly PieceName[]

/** ns per call: the median over batches, of each turn. */
export async function timePieces(rounds: number, forMs: number): Promise<ByContender<PieceName, number>> {
  const turn = async (name: PieceName): Promise<number> => p50Ns(await pieces[name].prepare(), forMs)
  for (const name of pieceNames) await turn(name)
  return interleaved(pieceNames, rounds, turn)
}

/** Between two looks at the clock. */
const batch = 200
let used: unknown = null

function p50Ns(piece: (index: number) => unknown, forMs: number): number {
  const perCall: number[] = []
  const endMs = performance.now() + forMs
  let calls = 0
  for (let fromMs = performance.now(); fromMs < endMs;) {
    for (const end = calls + batch; calls < end; calls++) used = piece(calls)
    const toMs = performance.now()
    perCall.push(((toMs - fromMs) * 1e6) / batch)
    fromMs = toMs
  }
  if (used === undefined) throw new Error('a piece gave nothing')
  return percentileOf(perCall, 0.5)
}

async function newPlanner(): Promise<Planner> {
  const sql = await loadSql()
  if (sql === null) throw new Error('libpg-query or pgsql-deparser does not start')
  const planner = new Planner(sql, () => map)
  planner.use(knownTables)
  return planner
}

async function bound(text: string, values: (index: number) => unknown[]): Promise<(index: number) => unknown> {
  const planner = await newPlanner()
  return index => planner.bind(text, values(index))
}

/** Keys are made before, so that only the slot is timed. */
function ofKeys(type: KeyType, make: (index: number) => unknown): (index: number) => unknown {
  const keys = Array.from({length: 1_024}, (_, index) => make(index))
  return index => slotOf(type, keys[index & 1_023])
}

function uuidOf(index: number): string {
  return `018f4f6a-7c1e-7abc-8def-${(0x123456780000 + index).toString(16).padStart(12, '0')}`
}
