// What is asked of shards that were restored together: is what was prepared ended, is every transaction over them
// whole, has every row and every group one owner, and is the map that of the barrier? Invariants: what could not be
// asked is not known, never well; ended is only what is decided. Not here: what is asked of each server
// (src/backup/restore).
import type {ConnectedLab} from '../lab/lifecycle/connect-lab.ts'
import {messageOf} from '../model/errors.ts'
import {plural} from '../model/quantity.ts'
import type {Check} from '../model/verdict.ts'
import {checkWholeness, readShardState, type Barrier, type GroupState, type Wholeness} from '../shards/index.ts'
import {resolveTransactions, type ResolvedPart} from './in-doubt.ts'
import {primaryOf, withShards} from './lab-shards.ts'
import {readerOf} from './look-at-shards.ts'
import {verifyShards} from './verify-shards.ts'

/** `barrier` null: it is not known any more, so the map is held against nothing. */
export async function checkRestoredShards(lab: ConnectedLab, barrier: Barrier | null): Promise<readonly Check[]> {
  // First: what is prepared holds locks.
  const ended = await orUnknown('transactions-ended', async () =>
    endedCheck((await resolveTransactions(lab, {decisions: {}, dryRun: false})).parts),
  )
  const whole = await orUnknown('transactions-whole', async () => wholeCheck(await askWholeness(lab)))
  const map =
    barrier === null ? [] : [await orUnknown('map-of-barrier', async () => mapCheck(await askGroups(lab), barrier))]
  const verified = await verifyShards(lab).then(
    ({checks}) => checks.map(({name, about, verdict, detail}) => ({name: `${about}: ${name}`, verdict, detail})),
    (error: unknown): readonly Check[] => [{name: 'rows-on-owner', verdict: 'unknown', detail: messageOf(error)}],
  )
  return [ended, whole, ...map, ...verified]
}

async function orUnknown(name: string, work: () => Promise<Omit<Check, 'name'>>): Promise<Check> {
  try {
    return {name, ...(await work())}
  } catch (error) {
    return {name, verdict: 'unknown', detail: messageOf(error)}
  }
}

/** Of all shards of the lab, as the role that commits over them. */
export async function askWholeness(lab: ConnectedLab): Promise<Wholeness> {
  return withShards(lab, {user: 'hl_app', password: lab.secrets.app}, async shards => {
    const [first] = shards
    const mapId = first === undefined ? null : (await readShardState(primaryOf(first).query)).self?.mapId
    if (mapId == null) throw new Error('the first shard says no map that it belongs to')
    return checkWholeness(shards, {mapId})
  })
}

async function askGroups(lab: ConnectedLab): Promise<ReadonlyMap<string, readonly GroupState[]>> {
  return withShards(lab, readerOf(lab), async shards => {
    const states = await Promise.all(
      shards.map(async shard => [shard.name, (await readShardState(primaryOf(shard).query)).groups] as const),
    )
    return new Map(states)
  })
}

/** PURE: what was prepared at the barrier is ended by what its coordinator had decided there. */
export function endedCheck(
  parts: readonly Pick<ResolvedPart, 'id' | 'shard' | 'done' | 'why' | 'error'>[],
): Omit<Check, 'name'> {
  const left = parts.filter(({done}) => done !== 'committed' && done !== 'rolled-back')
  if (left.length > 0)
    return {
      verdict: 'fail',
      detail: `${plural(left.length, 'part')} still prepared: ${left.map(({id, shard, error, why}) => `${id} on ${shard} (${error ?? why})`).join('; ')}`,
    }
  const committed = parts.filter(({done}) => done === 'committed').length
  return {
    verdict: 'pass',
    detail:
      parts.length === 0
        ? 'nothing was prepared'
        : `of ${plural(parts.length, 'part')} that were prepared ${committed} are committed, and ` +
          `${parts.length - committed} rolled back, as was decided`,
  }
}

/** PURE: what one shard has of a transaction the others have too. */
export function wholeCheck({halves, named}: Wholeness): Omit<Check, 'name'> {
  if (halves === 0) return {verdict: 'pass', detail: 'each transaction over shards is on all of them, or on none'}
  const which = named.map(({id, on, lackedBy}) => `${id} on ${on}, not on ${lackedBy ?? 'any other'}`)
  return {
    verdict: 'fail',
    detail: `${plural(halves, 'transaction')} on one shard alone: ${which.join('; ')}${halves > named.length ? ' …' : ''}`,
  }
}

/** PURE: each shard owns what it owned at the barrier, with the same epochs. */
export function mapCheck(
  states: ReadonlyMap<string, readonly GroupState[]>,
  {positions}: Pick<Barrier, 'positions'>,
): Omit<Check, 'name'> {
  const wrong = positions.flatMap(({shard, groups}) => {
    const own = (states.get(shard) ?? []).filter(({state}) => state === 'o')
    const is = Object.fromEntries(own.map(({group, epoch}) => [String(group), epoch]))
    const all = [...new Set([...Object.keys(is), ...Object.keys(groups)])]
    return all.filter(group => is[group] !== groups[group]).map(group => `group ${group} of ${shard}`)
  })
  return wrong.length === 0
    ? {verdict: 'pass', detail: 'every shard owns what it owned at the barrier'}
    : {verdict: 'fail', detail: `not as at the barrier: ${wrong.slice(0, 8).join(', ')}`}
}
