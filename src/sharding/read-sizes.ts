// How large the shards of a lab are, and where rows crowd. Invariants: every value says whether it is an estimate, and
// what is not known is null, never 0; a shard that cannot be asked is named. Not here: the questions (size-queries.ts).
import {messageOf} from '../model/errors.ts'
import type {ConnectedLab} from '../lab/lifecycle/connect-lab.ts'
import type {Shard} from '../shards/index.ts'
import {primaryOf, requireSharded, withShards} from './lab-shards.ts'
import {catalogOf, readerOf} from './look-at-shards.ts'
import {commonKeysText, sizesText} from './size-queries.ts'

/** One table on one shard. */
export interface TableSize {
  readonly table: string
  readonly shard: string
  readonly kind: 'sharded' | 'reference'
  /** null: never analysed. */
  readonly rowsEstimated: number | null
  /** With indexes and TOAST. */
  readonly bytes: number
  /** Rows inserted, updated and deleted since the statistics of the server were reset. */
  readonly rowsWritten: number
}

/** A group in which the most common keys of a table are. */
export interface HotGroup {
  readonly shard: string
  readonly table: string
  readonly group: number
  /** Of the table's rows on this shard, those of these keys; an estimate. */
  readonly shareEstimated: number
  readonly rowsEstimated: number | null
  readonly keys: number
}

/** `hl shards sizes`. */
export interface SizesAnswer {
  readonly lab: string
  readonly tables: readonly TableSize[]
  readonly shards: readonly {readonly shard: string; readonly bytes: number; readonly rowsEstimated: number | null}[]
  /** The hottest first, at most ten. */
  readonly hotGroups: readonly HotGroup[]
  readonly notAsked: readonly {readonly shard: string; readonly reason: string}[]
}

/** What one shard answered. */
export interface ShardRows {
  readonly shard: string
  readonly sizes: readonly unknown[]
  readonly commonKeys: readonly unknown[]
}

/** Errors: MAP_MISSING, LAB_UNHEALTHY where the shard that keeps the map cannot be asked. */
export async function readSizes(lab: ConnectedLab): Promise<SizesAnswer> {
  requireSharded(lab)
  return withShards(lab, readerOf(lab), async shards => {
    await catalogOf(lab, shards)
    const asked = await Promise.allSettled(shards.map(askShard))
    const answers = asked.flatMap(outcome => (outcome.status === 'fulfilled' ? [outcome.value] : []))
    const notAsked = asked.flatMap((outcome, index) =>
      outcome.status === 'fulfilled' ? [] : [{shard: shards[index]?.name ?? '', reason: messageOf(outcome.reason)}],
    )
    return {lab: lab.cluster.lab, ...sizesOf(answers), notAsked}
  })
}

async function askShard(shard: Shard): Promise<ShardRows> {
  const {query} = primaryOf(shard)
  const [sizes, commonKeys] = await Promise.all([query(sizesText), query(commonKeysText)])
  return {shard: shard.name, sizes: sizes.rows, commonKeys: commonKeys.rows}
}

const hotMax = 10

/** PURE: rows as the shards gave them, whatever type parsers they came through. */
export function sizesOf(answers: readonly ShardRows[]): Pick<SizesAnswer, 'tables' | 'shards' | 'hotGroups'> {
  const tables = answers
    .flatMap(({shard, sizes}) => sizes.map(row => tableSize(shard, fieldsOf(row))))
    .sort((one, other) => compare(one.table, other.table) || compare(one.shard, other.shard))
  const shards = answers.map(({shard}) => {
    const own = tables.filter(table => table.shard === shard)
    return {
      shard,
      bytes: own.reduce((sum, {bytes}) => sum + bytes, 0),
      rowsEstimated: own.reduce<number | null>(
        (sum, {rowsEstimated: rows}) => (sum === null || rows === null ? null : sum + rows),
        0,
      ),
    }
  })
  const hotGroups = answers
    .flatMap(({shard, commonKeys}) => commonKeys.map(row => hotGroup(shard, fieldsOf(row), tables)))
    .sort((one, other) => (other.rowsEstimated ?? 0) - (one.rowsEstimated ?? 0) || one.group - other.group)
  return {tables, shards, hotGroups: hotGroups.slice(0, hotMax)}
}

type Fields = Readonly<Record<string, unknown>>

function tableSize(shard: string, row: Fields): TableSize {
  const {rows, bytes, writes, kind} = row
  return {
    table: nameOf(row),
    shard,
    kind: kind === 'reference' ? 'reference' : 'sharded',
    rowsEstimated: rows === null || rows === undefined ? null : Number(rows),
    bytes: Number(bytes ?? 0),
    rowsWritten: Number(writes ?? 0),
  }
}

function hotGroup(shard: string, row: Fields, tables: readonly TableSize[]): HotGroup {
  const table = nameOf(row)
  const rows = tables.find(one => one.table === table && one.shard === shard)?.rowsEstimated ?? null
  const shareEstimated = Number(row['share'])
  return {
    shard,
    table,
    group: Number(row['slot_group']),
    shareEstimated,
    rowsEstimated: rows === null ? null : Math.round(rows * shareEstimated),
    keys: Number(row['keys']),
  }
}

/** As people write it: the schema only where it is not public. */
const nameOf = ({schema, table}: Fields): string =>
  schema === 'public' ? String(table) : `${String(schema)}.${String(table)}`

const fieldsOf = (row: unknown): Fields =>
  typeof row === 'object' && row !== null ? Object.fromEntries(Object.entries(row)) : {}
const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0)
