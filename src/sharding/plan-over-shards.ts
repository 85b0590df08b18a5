// What would be moved in a lab, with all that speaks against it. Invariants: nothing is changed; sizes are counted just
// now; a move that would be refused is shown as such. Not here: the plan itself (src/shards), carrying it out
// (carry-out-moves.ts).
import type {ConnectedLab} from '../lab/lifecycle/connect-lab.ts'
import {hint} from '../model/command-hint.ts'
import {HlError} from '../model/errors.ts'
import {
  buildMap,
  checkMove,
  measureGroups,
  planMoves,
  readShardState,
  ShardError,
  type KeyType,
  type MoveCluster,
  type MovePlan,
  type MoveRequest,
  type PlannedMove,
  type PreflightRefusal,
  type ShardMap,
  type ShardState,
} from '../shards/index.ts'
import {moveCluster} from './lab-moves.ts'
import {primaryOf, withShards} from './lab-shards.ts'
import {catalogOf, readerOf} from './look-at-shards.ts'
import {asHlErrors} from './shard-errors.ts'

/** A planned move, and what speaks against it. */
export interface CheckedMove extends PlannedMove {
  readonly refusals: readonly PreflightRefusal[]
  /** What could be better, or could not be seen. */
  readonly warnings: readonly string[]
}

/** `hl shards plan`. */
export interface PlanAnswer extends Omit<MovePlan, 'moves'> {
  readonly lab: string
  readonly request: MoveRequest
  readonly moves: readonly CheckedMove[]
}

/** What is asked for, and what a person knows of the load of groups. */
export interface PlanRequest {
  readonly request: MoveRequest
  readonly loads?: ReadonlyMap<number, number>
}

/**
 * Errors: MAP_MISSING, LAB_UNHEALTHY, MOVE_INVALID and SHARD_UNKNOWN for what cannot be, MOVE_REFUSED for an old lab.
 */
export async function planOverShards(lab: ConnectedLab, {request, loads}: PlanRequest): Promise<PlanAnswer> {
  const cluster = moveCluster(lab)
  const map = await mapOfLab(lab)
  requireShards(cluster, map, request)
  return asHlErrors(async () => {
    const sizes = await measureGroups({
      ...cluster,
      shards: cluster.shards.filter(({name}) => map.shards.includes(name)),
    })
    const known = sizes.map(size => ({...size, load: loads?.get(size.group) ?? 0}))
    const plan = planMoves(map, known, request)
    const moves: CheckedMove[] = []
    for (const move of plan.moves) moves.push({...move, ...(await against(cluster, move))})
    return {...plan, lab: lab.cluster.lab, request, moves}
  })
}

/** What the shards themselves own counts, where the map that is kept for all has not heard of it. */
async function mapOfLab(lab: ConnectedLab): Promise<ShardMap> {
  return withShards(lab, readerOf(lab), async shards => {
    const {map} = await catalogOf(lab, shards)
    const ofMap = shards.filter(({name}) => map.shards.includes(name))
    const states = await asHlErrors(async () =>
      Promise.all(ofMap.map(async shard => ({shard: shard.name, ...(await readShardState(primaryOf(shard).query))}))),
    )
    return withClaims(map, states)
  })
}

/** PURE: groups that a shard owns by its own word, with a newer epoch than the map's. */
export function withClaims(
  map: ShardMap,
  states: readonly ({readonly shard: string} & Pick<ShardState, 'groups'>)[],
): ShardMap {
  const claims = states.flatMap(({shard, groups}) =>
    groups.flatMap(({group, state, epoch, owner}) =>
      state === 'o' && owner === shard && epoch > map.epochOf(group) ? [{group, shard, epoch}] : [],
    ),
  )
  if (claims.length === 0) return map
  const claimed = new Set(claims.map(({group}) => group))
  const others = map.shards.flatMap(shard =>
    map.groupsOf(shard).flatMap(group => (claimed.has(group) ? [] : [{group, shard, epoch: map.epochOf(group)}])),
  )
  return buildMap(map.shards, [...others, ...claims])
}

/** PURE: a shard that is added must be there, and only it may be new. SHARD_UNKNOWN. */
export function requireShards(
  {shards}: {readonly shards: readonly {readonly name: string}[]},
  map: Pick<ShardMap, 'shards'>,
  request: MoveRequest,
): void {
  const names = shards.map(({name}) => name)
  const lost = map.shards.filter(name => !names.includes(name))
  if (lost.length > 0)
    throw new HlError('SHARD_UNKNOWN', `the map has ${lost.join(', ')}, and the lab has no such cluster`, {
      next: [hint('shards list')],
    })
  const wanted = request.kind === 'add' ? request.shard : null
  if (wanted !== null && !names.includes(wanted))
    throw new HlError('SHARD_UNKNOWN', `the lab has no cluster ${wanted}: it has ${names.join(', ')}`, {
      next: [hint('up', {flags: {'add-shard': true}, why: 'brings another cluster up'})],
    })
}

async function against(
  cluster: MoveCluster,
  {from, to, groups}: PlannedMove,
): Promise<Pick<CheckedMove, 'refusals' | 'warnings'>> {
  try {
    const {refusals, warnings} = await checkMove(cluster, {from, to, groups})
    return {refusals, warnings}
  } catch (error) {
    if (!(error instanceof ShardError) || error.detail['reason'] !== 'NOT_INSTALLED') throw error
    return {refusals: [], warnings: [`${to} is not prepared yet, so what speaks against it is seen only then`]}
  }
}

/** By which the lab's tables are sharded. MOVE_INVALID where there are several. */
export async function keyTypeOfLab(lab: ConnectedLab): Promise<KeyType> {
  return withShards(lab, readerOf(lab), async shards => {
    const [first] = shards
    const rows =
      first === undefined
        ? []
        : (await primaryOf(first).query("SELECT DISTINCT key_type FROM hl_shards.sharded_table WHERE kind = 'sharded'"))
            .rows
    const types = rows.map(row => String(Reflect.get(Object(row), 'key_type')))
    const [type] = types
    if (type !== undefined && types.length === 1) return type as KeyType
    throw new HlError('MOVE_INVALID', `tables are sharded by ${types.join(', ') || 'nothing'}: a key tells no group`, {
      next: ['name the group: --group <n>', hint('shards sizes', {why: 'shows which groups are hot'})],
    })
  })
}
