// May a move begin? Invariants: nothing was changed when it is refused; every reason is told, not the first one only;
// what could not be seen is a warning, never a pass. Pure: a list of checks over what both sides said. Not here: asking
// (preflight.ts).
import type {SideFacts} from './preflight-sql.ts'
import {some, warningsOf} from './preflight-warnings.ts'

/** Why not, for programs. */
export type PreflightReason =
  | 'SUPERUSER'
  | 'STANDBY'
  | 'WRONG_SHARD'
  | 'VERSION'
  | 'WAL_LEVEL'
  | 'SLOTS'
  | 'SENDERS'
  | 'ORIGINS'
  | 'WORKERS'
  | 'PREPARED'
  | 'MOVE_UNDER_WAY'
  | 'LEFTOVERS'
  | 'COLLATION_VERSION'
  | 'REPLICA_IDENTITY'
  | 'UNLOGGED'
  | 'TRIGGERS'
  | 'FOREIGN_KEYS'
  | 'UNFENCED'
  | 'PARTITIONS'
  | 'SCHEMA'
  | 'OWNER'
  | 'REFERENCES'
  | 'ROWS_THERE'
  | 'DISK'

/** One reason. */
export interface PreflightRefusal {
  /** For programs. */
  readonly reason: PreflightReason
  /** Cause and way out, as a sentence. */
  readonly message: string
}

/** What was seen. */
export interface PreflightFacts {
  readonly source: string
  readonly destination: string
  readonly groups: readonly number[]
  /** Connections that copy at the same time. */
  readonly copies: number
  readonly sides: Readonly<Record<'source' | 'destination', SideFacts>>
  /** In what the schemas differ, as a sentence; null: in nothing. */
  readonly schemaDifference: string | null
  /** Reference tables that are not the same on both sides. */
  readonly referencesDiffer: readonly string[]
  /** Tables of the destination that have rows of these groups. */
  readonly rowsThere: readonly string[]
  /** On the destination's disk; null: not known. */
  readonly freeBytes: number | null
  /** Whether standbys were named. */
  readonly knowsStandbys: boolean
}

/** What follows. */
export interface Preflight {
  /** Empty: it may begin. */
  readonly refusals: readonly PreflightRefusal[]
  /** What is not as good as it could be, or could not be seen. */
  readonly warnings: readonly string[]
  /** What the destination will need, estimated by the share of the source's groups. */
  readonly bytesEstimated: number
}

const originsExists = 160_000

export function decidePreflight(facts: PreflightFacts): Preflight {
  const {sides, groups} = facts
  const owned = sides.source.groups.filter(({state}) => state === 'o').length
  const bytesEstimated = owned === 0 ? 0 : Math.ceil((sides.source.bytes * groups.length) / owned)
  return {
    refusals: [
      ...sidesOf(facts).flatMap(([name, side, role]) => serverRefusals(name, side, role, facts)),
      ...sidesOf(facts).flatMap(([name, side]) => tableRefusals(name, side)),
      ...betweenRefusals(facts, bytesEstimated),
    ],
    warnings: warningsOf(facts),
    bytesEstimated,
  }
}

type Role = 'source' | 'destination'

const sidesOf = ({source, destination, sides}: PreflightFacts): readonly (readonly [string, SideFacts, Role])[] => [
  [source, sides.source, 'source'],
  [destination, sides.destination, 'destination'],
]

const when = (isSo: boolean, reason: PreflightReason, message: string): readonly PreflightRefusal[] =>
  isSo ? [{reason, message}] : []

const free = ({max, used}: {readonly max: number; readonly used: number}): number => max - used

function serverRefusals(
  name: string,
  side: SideFacts,
  role: Role,
  {copies}: PreflightFacts,
): readonly PreflightRefusal[] {
  const {move, prepared, leftovers} = side
  return [
    ...when(!side.isSuperuser, 'SUPERUSER', `${name}: the mover is no superuser, and cannot keep DDL away meanwhile`),
    ...when(side.isStandby, 'STANDBY', `${name} is a standby: name its primary`),
    ...when(side.shard !== name, 'WRONG_SHARD', `${name} is reached as the shard ${side.shard ?? 'of no map'}`),
    ...when(side.version < originsExists, 'VERSION', `${name} has PostgreSQL ${side.version / 10_000}: 16 is needed`),
    ...when(
      side.walLevel !== 'logical',
      'WAL_LEVEL',
      `${name} has wal_level ${side.walLevel}: set it to logical, and restart`,
    ),
    ...roomRefusals(name, role, side, copies),
    ...when(
      prepared.length > 0,
      'PREPARED',
      `${name} has prepared transactions, which keep their groups: ${some(prepared)}; end them first`,
    ),
    ...when(
      move !== null,
      'MOVE_UNDER_WAY',
      `${name} is a part of the move ${move?.id ?? ''} from ${move?.source ?? ''} ` +
        `to ${move?.destination ?? ''}, in phase ${move?.phase ?? ''}: finish or abort ` +
        'that one first',
    ),
    ...when(
      move === null && leftovers.length > 0,
      'LEFTOVERS',
      `${name} has what a move has left that nobody knows any more: ${some(leftovers)}; drop it by hand`,
    ),
  ]
}

/**
 * What replication needs that a server has only so many of. Each side sends to the other one: the way back is there
 * from the beginning.
 */
function roomRefusals(name: string, role: Role, side: SideFacts, copies: number): readonly PreflightRefusal[] {
  const {slots, senders, origins, logicalWorkers} = side
  // One walsender for the other side, and on the source one that exports the snapshot.
  const sendersNeeded = role === 'source' ? 2 : 1
  // One that the subscription keeps, and one for each connection that copies.
  const originsNeeded = role === 'source' ? 1 : 1 + copies
  return [
    ...when(
      free(slots) < 1,
      'SLOTS',
      `${name} has no free replication slot: raise max_replication_slots (${slots.max})`,
    ),
    ...when(
      free(senders) < sendersNeeded,
      'SENDERS',
      `${name} has ${free(senders)} free WAL senders of ${sendersNeeded} needed: ` +
        `raise max_wal_senders (${senders.max})`,
    ),
    ...when(
      free(origins) < originsNeeded,
      'ORIGINS',
      `${name} has room for ${free(origins)} replication origins of ${originsNeeded} ` +
        `needed: raise ${side.version >= 180_000 ? 'max_active_replication_origins' : 'max_replication_slots'} ` +
        `(${origins.max}), or copy over fewer connections`,
    ),
    ...when(
      free(logicalWorkers) < 1,
      'WORKERS',
      `${name} has no free logical replication worker: raise max_logical_replication_workers ` +
        `(${logicalWorkers.max}) and max_worker_processes`,
    ),
  ]
}

function tableRefusals(name: string, side: SideFacts): readonly PreflightRefusal[] {
  return [
    ...when(
      side.staleCollations.length > 0,
      'COLLATION_VERSION',
      `${name}: the version of ${some(side.staleCollations)} is not the operating ` +
        "system's any more: reindex, then REFRESH VERSION",
    ),
    ...when(
      side.identityLacksKey.length > 0,
      'REPLICA_IDENTITY',
      `${name}: the replica identity of ${some(side.identityLacksKey)} lacks the ` +
        "key, so the application's own UPDATE and DELETE would fail during the move: " +
        'give a primary key with it, or REPLICA IDENTITY FULL',
    ),
    ...when(
      side.unlogged.length > 0,
      'UNLOGGED',
      `${name}: unlogged, so no replication carries its rows: ${some(side.unlogged)}; ALTER TABLE ... SET LOGGED`,
    ),
    ...when(
      side.firingTwice.length > 0,
      'TRIGGERS',
      `${name}: fires for replication too, and so twice for each row: ${some(side.firingTwice)}; ` +
        'ENABLE TRIGGER makes it fire for the application only',
    ),
    ...when(
      side.foreignKeys.length > 0,
      'FOREIGN_KEYS',
      `${name}: may lead to a row of another group, or to a table that is not on ` +
        `each shard: ${some(side.foreignKeys)}; add the sharding key to it`,
    ),
    ...when(
      side.unfenced.length > 0,
      'UNFENCED',
      `${name}: written past the fence: ${some(side.unfenced)}; call hl_shards.fence again`,
    ),
  ]
}

function betweenRefusals(facts: PreflightFacts, bytesEstimated: number): readonly PreflightRefusal[] {
  const {source, destination, groups, sides, schemaDifference, referencesDiffer, rowsThere, freeBytes} = facts
  const stateOf = (side: SideFacts, group: number): string =>
    side.groups.find(one => one.group === group)?.state ?? 'unknown'
  const notOwned = groups.filter(group => stateOf(sides.source, group) !== 'o')
  const notElsewhere = groups.filter(group => stateOf(sides.destination, group) !== 'r')
  const missing = sides.source.partitions.filter(one => !sides.destination.partitions.includes(one))
  // Rows would come back to them.
  const missingBack = sides.destination.partitions.filter(one => !sides.source.partitions.includes(one))
  return [
    ...when(
      sides.source.mapId !== sides.destination.mapId,
      'WRONG_SHARD',
      `${source} and ${destination} belong to different maps: correct the addresses`,
    ),
    ...when(notOwned.length > 0, 'OWNER', `${source} does not own group ${notOwned.join(', ')}: read the map again`),
    ...when(
      notElsewhere.length > 0,
      'OWNER',
      `${destination} does not say of group ${notElsewhere.join(', ')} that it is elsewhere: was it set back?`,
    ),
    ...when(schemaDifference !== null, 'SCHEMA', `the schemas differ: ${schemaDifference ?? ''}`),
    ...when(
      missing.length > 0,
      'PARTITIONS',
      `${destination} lacks partitions that ${source} has: ${some(missing)}; make them there`,
    ),
    ...when(
      missingBack.length > 0,
      'PARTITIONS',
      `${source} lacks partitions that ${destination} has: ${some(missingBack)}; make them there`,
    ),
    ...when(
      referencesDiffer.length > 0,
      'REFERENCES',
      `the copies of ${some(referencesDiffer)} differ between ${source} and ${destination}, so what moves would miss ` +
        `what it refers to: add ${destination} again where it owns nothing yet, or make them equal by hand`,
    ),
    ...when(
      rowsThere.length > 0,
      'ROWS_THERE',
      `${destination} has rows of these groups already, in ${some(rowsThere)}: nobody ` +
        'knows whose they are; look at them, then delete them',
    ),
    ...when(
      freeBytes !== null && freeBytes < 2 * bytesEstimated,
      'DISK',
      `${destination} has ${megabytes(freeBytes ?? 0)} free, and needs about ${megabytes(2 * bytesEstimated)} ` +
        'for rows and WAL',
    ),
  ]
}

const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1024 / 1024)} MB`
