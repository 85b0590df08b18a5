// The shards of a lab as they say themselves, against their map. Invariants: nothing is changed; a shard that cannot be
// asked is told as such and keeps nobody from being shown. Not here: what a standing is (src/shards).
import type {ConnectedLab} from '../lab/lifecycle/connect-lab.ts'
import {hint} from '../model/command-hint.ts'
import {HlError} from '../model/errors.ts'
import {
  decideStanding,
  readCatalog,
  readShardState,
  type CatalogMap,
  type Shard,
  type ShardState,
  type Standing,
} from '../shards/index.ts'
import {mapRanges, rangesOf, type GroupRange, type MapRange} from './group-ranges.ts'
import {primaryOf, requireSharded, withShards} from './lab-shards.ts'
import {asHlErrors} from './shard-errors.ts'

/** One shard. */
export interface ListedShard {
  readonly shard: string
  /** null: none that answers. */
  readonly primary: string | null
  readonly members: readonly string[]
  /** How many groups it owns: by its own word, or by the map where it says nothing. */
  readonly groupsOwned: number
  readonly groups: readonly GroupRange[]
  /** Groups that it lets go, and that it is about to take. */
  readonly leaving: readonly GroupRange[]
  readonly coming: readonly GroupRange[]
  readonly standing: Standing['kind']
  /** Empty while it serves. */
  readonly reason: string
}

/** `hl shards list`. */
export interface ShardsAnswer {
  readonly lab: string
  /** null: the shard that keeps the map cannot be asked. */
  readonly map: {readonly id: string; readonly epoch: number; readonly catalog: string} | null
  readonly shards: readonly ListedShard[]
}

/** `hl shards map`. */
export interface MapAnswer {
  readonly lab: string
  readonly id: string
  /** The sum of the epochs of all groups: it grows with each change. */
  readonly epoch: number
  /** The shard that keeps it for all. */
  readonly catalog: string
  readonly shards: readonly {readonly shard: string; readonly groupsOwned: number}[]
  /** Neighbouring groups of one owner and one epoch. */
  readonly ranges: readonly MapRange[]
}

/** What one shard said. */
export interface Heard {
  readonly shard: string
  readonly members: readonly string[]
  readonly primary: string | null
  /** Its state, or why there is none. */
  readonly said: ShardState | Error
}

/** Errors: MAP_MISSING. */
export async function listShards(lab: ConnectedLab): Promise<ShardsAnswer> {
  requireSharded(lab)
  return withShards(lab, readerOf(lab), async shards => {
    const [heard, catalog] = await Promise.all([hear(lab, shards), catalogOf(lab, shards).catch(unreachable)])
    return {
      lab: lab.cluster.lab,
      map: catalog === null ? null : {id: catalog.mapId, epoch: catalog.map.epoch, catalog: shards[0]?.name ?? ''},
      shards: listed(heard, catalog),
    }
  })
}

/** Errors: MAP_MISSING, LAB_UNHEALTHY where the shard that keeps it cannot be asked. */
export async function readMap(lab: ConnectedLab): Promise<MapAnswer> {
  requireSharded(lab)
  return withShards(lab, readerOf(lab), async shards => {
    const {mapId: id, map} = await catalogOf(lab, shards)
    return {
      lab: lab.cluster.lab,
      id,
      epoch: map.epoch,
      catalog: shards[0]?.name ?? '',
      shards: map.shards.map(shard => ({shard, groupsOwned: map.groupsOf(shard).length})),
      ranges: mapRanges(map),
    }
  })
}

/** The role that may read and nothing else. */
export const readerOf = ({secrets}: ConnectedLab): {readonly user: string; readonly password: string} => ({
  user: 'hl_readonly',
  password: secrets.readonly,
})

/** MAP_MISSING where none was written, and what asHlErrors() makes of other failures. */
export async function catalogOf(lab: ConnectedLab, [first]: readonly Shard[]): Promise<CatalogMap> {
  const catalog = first === undefined ? null : await asHlErrors(() => readCatalog(primaryOf(first).query))
  if (catalog !== null) return catalog
  throw new HlError('MAP_MISSING', `the shards of lab ${lab.cluster.lab} have no map`, {
    next: [hint('up', {why: 'makes their tables and writes it'})],
  })
}

/** Without a map there is nothing to show; without the shard that keeps it, the others are shown. */
function unreachable(error: unknown): null {
  if (error instanceof HlError && error.code === 'MAP_MISSING') throw error
  return null
}

async function hear({clusters}: ConnectedLab, shards: readonly Shard[]): Promise<readonly Heard[]> {
  return Promise.all(
    shards.map(async (shard, index) => {
      const members = clusters[index]?.cluster.members ?? []
      try {
        const said = await readShardState(primaryOf(shard).query)
        const primary = shard.router.nodes().find(({role}) => role === 'primary')?.node ?? null
        return {shard: shard.name, members, primary, said}
      } catch (error) {
        return {
          shard: shard.name,
          members,
          primary: null,
          said: error instanceof Error ? error : new Error(String(error)),
        }
      }
    }),
  )
}

/** PURE: what they said, against the map. */
export function listed(heard: readonly Heard[], catalog: CatalogMap | null): readonly ListedShard[] {
  const states = new Map(heard.flatMap(({shard, said}) => (said instanceof Error ? [] : [[shard, said] as const])))
  return heard.map(({shard, members, primary, said}) => {
    const own = said instanceof Error ? [] : said.groups
    const inState = (state: string): readonly number[] =>
      own.flatMap(({group, state: is}) => (is === state ? [group] : []))
    const owned = said instanceof Error ? (catalog?.map.groupsOf(shard) ?? []) : inState('o')
    const {kind, reason} = standingOf(shard, said, states, catalog)
    return {
      shard,
      primary,
      members,
      groupsOwned: owned.length,
      groups: rangesOf(owned),
      leaving: rangesOf(inState('m')),
      coming: rangesOf(inState('i')),
      standing: kind,
      reason,
    }
  })
}

function standingOf(
  shard: string,
  said: ShardState | Error,
  states: ReadonlyMap<string, ShardState>,
  catalog: CatalogMap | null,
): Pick<Standing, 'kind' | 'reason'> {
  if (said instanceof Error) return {kind: 'unknown', reason: `its primary does not answer: ${said.message}`}
  if (catalog === null) return {kind: 'unknown', reason: 'the shard that keeps the map does not answer'}
  return decideStanding(shard, states, catalog)
}
