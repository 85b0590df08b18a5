// The barriers of a lab in its archive, line by line: whoever has lost every shard still knows where they were. Not
// here: what the shards themselves have on record (src/sharding/lab-barriers.ts).
import {scriptIn} from '../backup/in-archive.ts'
import type {Cluster} from '../model/ports.ts'
import type {Barrier, BarrierPosition} from '../shards/index.ts'

const file = '/archive/barriers.ndjson'
/** Once there are more lines, the newer half is kept: at one a minute a week. */
const linesMost = 20_000

/** Adds a line, fsynced. BACKUP_FAILED where the archive does not take it. */
export async function appendBarrier(cluster: Cluster, barrier: Barrier): Promise<void> {
  const shorten =
    `if [ "$(wc -l <${file})" -gt ${linesMost} ]; then tail -n ${linesMost / 2} ${file} >${file}.part; ` +
    `sync ${file}.part; mv ${file}.part ${file}; fi`
  await scriptIn(cluster, `umask 077; cat >>${file}; ${shorten}; sync ${file}`, {
    stdin: `${JSON.stringify(barrier)}\n`,
  })
}

/** Newest first; empty where none was ever taken. BACKUP_FAILED where the archive cannot be read. */
export async function readBarriers(cluster: Cluster): Promise<readonly Barrier[]> {
  return parseBarriers(await scriptIn(cluster, `[ ! -f ${file} ] || cat ${file}`))
}

/** PURE: the lines that can be read, newest first. */
export function parseBarriers(text: string): readonly Barrier[] {
  return text
    .split('\n')
    .flatMap(line => parseBarrier(line) ?? [])
    .reverse()
}

function parseBarrier(line: string): Barrier | null {
  try {
    const value: unknown = JSON.parse(line)
    if (typeof value !== 'object' || value === null) return null
    const {name, takenAt, heldMs, mapId, positions} = value as Readonly<Record<string, unknown>>
    const isWhole =
      typeof name === 'string' &&
      typeof takenAt === 'string' &&
      typeof heldMs === 'number' &&
      typeof mapId === 'string' &&
      Array.isArray(positions) &&
      positions.length > 0 &&
      positions.every(isPosition)
    return isWhole ? {name, takenAt, heldMs, mapId, positions} : null
  } catch {
    return null
  }
}

function isPosition(value: unknown): value is BarrierPosition {
  if (typeof value !== 'object' || value === null) return false
  const {shard, system, timeline, lsn, point, groups, moves} = value as Readonly<Record<string, unknown>>
  return (
    typeof shard === 'string' &&
    typeof system === 'string' &&
    typeof timeline === 'number' &&
    typeof lsn === 'string' &&
    typeof point === 'string' &&
    typeof groups === 'object' &&
    groups !== null &&
    Array.isArray(moves)
  )
}
