// Which shard owns which group, as a value. Invariants: a map has each group exactly once, and each owner is one of its
// shards; nothing depends on the order in which shards or placements are given. Pure. Not here: where maps are kept
// (write-map.ts), how a newer one arrives (map-watch.ts).
import {groupCount, groupOf, slotCount} from '../keys/slot.ts'
import {ShardError} from '../shard-error.ts'

/** Where one group lives. */
export interface Placement {
  /** 0 to 63. */
  readonly group: number
  /** By name. */
  readonly shard: string
  /** Grows by one at each change of this group; 1 at first. */
  readonly epoch: number
}

/** Group to shard. Made by buildMap() and firstMap(), which check it; never changes. */
export interface ShardMap {
  /** Of the whole: the sum of the groups' epochs, so it grows with each change of any. */
  readonly epoch: number
  /** Sorted by name; some may own nothing. */
  readonly shards: readonly string[]
  /** The shard of a slot, 0 to 4095. Throws ShardError MAP_INVALID for what is no slot. */
  ownerOf(slot: number): string
  /** The epoch of a group, 0 to 63. Throws ShardError MAP_INVALID for what is no group. */
  epochOf(group: number): number
  /** The groups of a shard, ascending; none for a shard that the map does not know. */
  groupsOf(shard: string): readonly number[]
}

/**
 * A map of these shards, whatever the order of both. Throws ShardError MAP_INVALID: no shards, a name that is empty or
 * there twice, a group that is missing, there twice or unknown, an owner that is no shard, an epoch below 1.
 */
export function buildMap(shards: readonly string[], placements: readonly Placement[]): ShardMap {
  const names = checkedNames(shards)
  const known = new Set(names)
  const owners: string[] = []
  const epochs: number[] = []
  for (const {group, shard, epoch} of placements) {
    if (!isBelow(group, groupCount)) throw invalid(`there is no group ${group}: groups are 0 to ${groupCount - 1}`)
    if (owners[group] !== undefined) throw invalid(`group ${group} is there twice: give it to one shard`)
    if (!known.has(shard))
      throw invalid(`group ${group} belongs to ${JSON.stringify(shard)}, which is not among the shards`)
    if (!Number.isSafeInteger(epoch) || epoch < 1)
      throw invalid(`group ${group} has the epoch ${epoch}: epochs are whole numbers from 1`)
    owners[group] = shard
    epochs[group] = epoch
  }
  const missing = Array.from({length: groupCount}, (_, group) => group).filter(group => owners[group] === undefined)
  if (missing.length > 0)
    throw invalid(`no shard owns group ${missing.join(', ')}: keys in it could not be found`, {missing})
  return new BuiltMap(names, owners, epochs)
}

/** A first map: the groups spread evenly, each shard a run of neighbours, by the order of names. Throws MAP_INVALID. */
export function firstMap(shards: readonly string[]): ShardMap {
  const names = checkedNames(shards)
  if (names.length > groupCount) throw invalid(`${names.length} shards are more than the ${groupCount} groups`)
  return buildMap(
    names,
    Array.from({length: groupCount}, (_, group) => ({
      group,
      shard: names[Math.floor((group * names.length) / groupCount)] ?? '',
      epoch: 1,
    })),
  )
}

/** The same map with one group elsewhere, its epoch one higher. Throws MAP_INVALID for an unknown group or shard. */
export function withOwner(map: ShardMap, group: number, shard: string): ShardMap {
  const placements = placementsOf(map).map(placement =>
    placement.group === group ? {group, shard, epoch: placement.epoch + 1} : placement,
  )
  if (!isBelow(group, groupCount)) throw invalid(`there is no group ${group}: groups are 0 to ${groupCount - 1}`)
  return buildMap(map.shards, placements)
}

/**
 * What is newest of both, group by group: the higher epoch. `placements` whose shard the map does not know are left
 * out, since nobody could be asked there. The same object when nothing is newer. Throws ShardError MAP_INVALID when one
 * epoch has two owners.
 */
export function withNewer(map: ShardMap, placements: readonly Placement[]): ShardMap {
  const known = new Set(map.shards)
  const newest = placementsOf(map)
  let isNewer = false
  for (const placement of placements) {
    const mine = newest[placement.group]
    if (mine === undefined || placement.epoch < mine.epoch || !known.has(placement.shard)) continue
    if (placement.epoch === mine.epoch && placement.shard !== mine.shard)
      throw invalid(
        `group ${placement.group} has two owners of one epoch, ${mine.shard} and ${placement.shard}: one of them ` +
          'was set back or written by hand; compare hl_shards.slot_group on both with hl_shards.map',
        {group: placement.group, epoch: mine.epoch, owners: [mine.shard, placement.shard]},
      )
    if (placement.epoch === mine.epoch) continue
    newest[placement.group] = placement
    isNewer = true
  }
  return isNewer ? buildMap(map.shards, newest) : map
}

/**
 * A map that was just read, with what was known to be newer in single groups. Its shards are those that were read, and
 * the owners. The object that was read when nothing was newer. Throws as withNewer().
 */
export function mergeMaps(read: ShardMap, known: ShardMap): ShardMap {
  const newer = placementsOf(known).filter(({group, epoch}) => epoch > read.epochOf(group))
  const shards = [...new Set([...read.shards, ...newer.map(({shard}) => shard)])]
  const base = shards.length === read.shards.length ? read : buildMap(shards, placementsOf(read))
  return withNewer(base, placementsOf(known))
}

/** All groups in order, as buildMap() takes them. */
export function placementsOf(map: ShardMap): Placement[] {
  return Array.from({length: groupCount}, (_, group) => ({
    group,
    shard: map.ownerOf(group * (slotCount / groupCount)),
    epoch: map.epochOf(group),
  }))
}

class BuiltMap implements ShardMap {
  readonly epoch: number
  readonly shards: readonly string[]
  readonly #owners: readonly string[]
  readonly #epochs: readonly number[]
  readonly #groups: ReadonlyMap<string, readonly number[]>

  constructor(shards: readonly string[], owners: readonly string[], epochs: readonly number[]) {
    this.shards = Object.freeze([...shards])
    this.#owners = owners
    this.#epochs = epochs
    this.epoch = epochs.reduce((sum, epoch) => sum + epoch, 0)
    this.#groups = new Map(
      shards.map(name => [name, Object.freeze(owners.flatMap((owner, group) => (owner === name ? [group] : [])))]),
    )
  }

  ownerOf(slot: number): string {
    const owner = isBelow(slot, slotCount) ? this.#owners[groupOf(slot)] : undefined
    if (owner === undefined) throw invalid(`there is no slot ${slot}: slots are 0 to ${slotCount - 1}`)
    return owner
  }

  epochOf(group: number): number {
    const epoch = this.#epochs[group]
    if (epoch === undefined) throw invalid(`there is no group ${group}: groups are 0 to ${groupCount - 1}`)
    return epoch
  }

  groupsOf(shard: string): readonly number[] {
    return this.#groups.get(shard) ?? []
  }
}

/** Sorted by code units, so the locale of nobody decides. */
function checkedNames(shards: readonly string[]): readonly string[] {
  if (shards.length === 0) throw invalid('there are no shards: name at least one')
  const names = [...shards].sort((one, other) => (one < other ? -1 : one > other ? 1 : 0))
  for (const [index, name] of names.entries()) {
    if (!/^[\w.-]{1,63}$/.test(name))
      throw invalid(
        `${JSON.stringify(name)} is no name of a shard: give letters, digits, dots, hyphens and underscores, at ` +
          'most 63',
      )
    if (name === names[index - 1]) throw invalid(`the shard ${name} is there twice: name each once`)
  }
  return names
}

function isBelow(value: number, limit: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < limit
}

function invalid(message: string, detail: Readonly<Record<string, unknown>> = {}): ShardError {
  return new ShardError('MAP_INVALID', message, {detail})
}
