// The names of two-phase transactions: `hl:<map>:<coordinator>:<series>:<number>.<participants>` is the transaction,
// with `:<participant>` behind it one participant's prepared part. Pure.
// Invariants: a name says all that recovery needs to begin with; it fits where PostgreSQL keeps it, and needs no
// escaping in a literal; what was not written here is not read as one. Not here: what is done with them.
import {ShardError} from '../shard-error.ts'

export interface TransactionName {
  /** Id of the map: others' prepared transactions in the same database are not ours to touch. */
  readonly map: string
  /** The shard whose commit is the decision. */
  readonly coordinator: string
  /** UUID of a run of numbers in one process. */
  readonly series: string
  readonly number: number
  /** How many shards prepare, the coordinator not counted. */
  readonly participants: number
}

export interface ParticipantName extends TransactionName {
  readonly participant: string
}

/** GIDSIZE of PostgreSQL's access/xact.h, without the byte that ends it. */
export const gidBytesMax = 199

/** What it begins with, for all of one map. */
export function prefixOf(map: string): string {
  return `hl:${encoded(map)}:`
}

/** The id of a transaction. Throws ShardError CONFIG_INVALID where no participant's name would fit behind it. */
export function transactionId({map, coordinator, series, number, participants}: TransactionName): string {
  return `${prefixOf(map)}${encoded(coordinator)}:${series}:${number}.${participants}`
}

/** The gid of one participant. Throws ShardError CONFIG_INVALID when it is too long for PostgreSQL. */
export function participantGid(id: string, participant: string): string {
  const gid = `${id}:${encoded(participant)}`
  if (gid.length <= gidBytesMax) return gid
  throw new ShardError(
    'CONFIG_INVALID',
    `the name of a prepared transaction would have ${gid.length} bytes, ${gidBytesMax} are allowed: shorten the ` +
      `names of the shards (${participant}) or of the map`,
    {shard: participant},
  )
}

const shape = /^(hl:([\w.%-]*):([\w.%-]+):([0-9a-f-]{36}):(\d{1,15})\.(\d{1,4})):([\w.%-]+)$/

/** null: not one of ours. `id` is that of the transaction. */
export function parseGid(gid: string): {readonly id: string; readonly name: ParticipantName} | null {
  const [, id, map, coordinator, series, number, participants, participant] = shape.exec(gid) ?? []
  if (id === undefined || series === undefined) return null
  try {
    const name = {
      map: decoded(map),
      coordinator: decoded(coordinator),
      series,
      number: Number(number),
      participants: Number(participants),
      participant: decoded(participant),
    }
    // What is written otherwise than here is somebody else's.
    return participantGid(transactionId(name), name.participant) === gid ? {id, name} : null
  } catch {
    return null
  }
}

const idShape = /^hl:[\w.%-]*:([\w.%-]+):([0-9a-f-]{36}):(\d{1,15})\.\d{1,4}$/

/** Of a transaction's id; null: not one of ours. */
export function idParts(id: string): Pick<TransactionName, 'coordinator' | 'series' | 'number'> | null {
  const [, coordinator, series, number] = idShape.exec(id) ?? []
  return series === undefined ? null : {coordinator: decoded(coordinator), series, number: Number(number)}
}

/** Everything but letters, digits, `_`, `.` and `-` as `%XX`, so that neither `:` nor a quote is in a name. */
function encoded(name: string): string {
  return encodeURIComponent(name).replace(
    /[!'()*~]/g,
    sign => `%${sign.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  )
}

function decoded(name: string | undefined): string {
  return decodeURIComponent(name ?? '')
}
