// What a load over shards is owed: every row where its key lives, transactions whole, others that keep serving, reads
// over all shards that are whole or say what is missing. Invariant: each has a history that it rejects; a check that
// looked at nothing is unknown. Not here: lost and doubled writes and totals, which are those of one cluster
// (claims.ts).
import {acknowledged, type FinalState, type ScatterReadOp, type ShardFinal} from '../model/history.ts'
import {comesBackAlone, stepOf} from '../model/scenario.ts'
import {formatMs} from '../model/time.ts'
import {formatCount, formatShare, plural} from '../model/quantity.ts'
import {isAloneOn} from './alone-on-shard.ts'
import {column, countWhere, where, within} from './columns.ts'
import {isWriteError} from './conflict.ts'
import {isOwn, type Facts} from './facts.ts'
import {unreadable} from './final-claims.ts'
import {halvesOf, type HalvesInput} from './halves.ts'
import {finding, type Checker, type Finding} from './run-checks.ts'
import {isAnswered} from './reads.ts'
import {ascended} from './sequence.ts'
import {measureShards, shardNames} from './shards.ts'
import {countBelow, countUpTo} from './stats.ts'

const groupCount = 64
const idsShown = 5
/** Fewer writes to another shard while one was down say nothing of it. */
const servedMin = 10
/** Operations may take as long as their deadline; a shard that acknowledges nothing for longer does not serve. */
const stallMsMax = 2_000

export const shardClaims: readonly Checker<{readonly facts: Facts}>[] = [
  ['rows-on-owner', ({facts}) => ofShards(facts, rowsOnOwner)],
  ['transactions-whole', ({facts}) => ofShards(facts, shards => transactionsWhole(facts, shards))],
  ['halves-told', ({facts}) => halvesTold(facts)],
  ['nothing-prepared', ({facts}) => ofShards(facts, nothingPrepared)],
  ['others-kept-serving', ({facts}) => othersKeptServing(facts)],
  ['scatter-reads-whole', ({facts}) => scatterReadsWhole(facts)],
  ['hot-group-named', ({facts}) => hotGroupNamed(facts)],
]

/** The finding of what the shards held in the end; null of a load over one cluster. */
function ofShards({record}: Facts, judge: (shards: readonly ShardFinal[]) => Finding): Finding {
  if (record.scenario.sharded === undefined) return null
  const final: FinalState | null = record.final
  const shards = final?.readable === true ? (final.shards ?? []) : []
  return shards.length === 0 ? unreadable : judge(shards)
}

/** Which group a key is in, each server said of its own rows by PostgreSQL's hash; which groups it owns, too. */
export function rowsOnOwner(shards: readonly ShardFinal[]): Finding {
  const rows = shards.flatMap(({shard, tables}) => tables.map(table => ({shard, ...table})))
  const misplaced = rows.filter(row => row.misplaced > 0)
  const owned = shards.flatMap(({groupsOwned}) => groupsOwned)
  const twice = owned.filter((group, index) => owned.indexOf(group) < index)
  const nobody = Array.from({length: groupCount}, (_none, group) => group).filter(group => !owned.includes(group))
  const wrong = [
    ...misplaced.map(
      row =>
        `${formatCount(row.misplaced)} of ${plural(row.rows, 'row')} of ${row.table} on ${row.shard} not where the map says`,
    ),
    ...(twice.length === 0 ? [] : [`several shards own the groups ${shown(twice)}`]),
    ...(nobody.length === 0 ? [] : [`no shard owns the groups ${shown(nobody)}`]),
  ]
  if (wrong.length > 0) return {verdict: 'fail', detail: wrong.join('; ')}
  const count = rows.reduce((sum, row) => sum + row.rows, 0)
  return finding(
    count > 0,
    'unknown',
    count > 0
      ? `${plural(count, 'row')}, each on the shard that owns its group, by the servers' own hash`
      : 'the shards hold no row to look at',
  )
}

export function transactionsWhole(facts: HalvesInput, shards: readonly ShardFinal[]): Finding {
  const {whole, lost, wrong} = halvesOf(facts, shards)
  if (wrong.length > 0)
    return {
      verdict: 'fail',
      detail: `${plural(wrong.length, 'transfer is', 'transfers are')} there by half: ${shown(wrong)}`,
    }
  const cost = lost.ids.size === 0 ? '' : `; ${facts.record.shard ?? ''} lost its half of ${formatCount(lost.ids.size)}`
  return finding(
    whole > 0,
    'unknown',
    whole > 0
      ? `both halves of ${plural(whole, 'transfer')} are there${cost}`
      : `no whole transfer is there to look at${cost}`,
  )
}

/** hl counts transactions by what the shards say of them, this by what they hold. */
function halvesTold(facts: Facts): Finding {
  const {record, recovery} = facts
  if (!comesBackAlone(record.scenario) || recovery?.firstWriteMs == null) return null
  const told = record.recovery?.restore?.halves
  if (told === undefined) return {verdict: 'unknown', detail: 'nobody said how many transactions lost a part'}
  return ofShards(facts, shards => {
    const count = halvesOf(facts, shards).lost.ids.size
    const detail = `${plural(count, 'transfer')} by half, ${formatCount(told)} told when the shard was brought in line`
    return finding(count === told, 'fail', detail)
  })
}

export function nothingPrepared(shards: readonly ShardFinal[]): Finding {
  const left = shards.flatMap(({shard, prepared}) => prepared.map(gid => `${gid} on ${shard}`))
  return finding(
    left.length === 0,
    'fail',
    left.length === 0
      ? `no transaction is left prepared on ${shards.map(({shard}) => shard).join(', ')}`
      : `left prepared: ${left.slice(0, idsShown).join(', ')}${left.length > idsShown ? ', …' : ''}`,
  )
}

/** Null where nothing is to be disturbed. Operations that hl itself could not send are no word about a shard. */
function othersKeptServing(facts: Facts): Finding {
  const {record, firstLoad, moments} = facts
  const since = moments.disturbedMs
  if (record.scenario.sharded === undefined || stepOf(record.scenario.steps, 'inject') === null) return null
  if (since === null) return {verdict: 'unknown', detail: 'nothing was disturbed'}
  const others = shardNames(facts).filter(name => name !== record.shard)
  const services = measureShards(facts)?.services ?? []
  const served = others.map(name => {
    const alone = where(firstLoad, op => isAloneOn(op, name) && op.error?.code !== 'QUEUE_FULL')
    const own = within(alone, 'completedMs', {from: since})
    const stallMs = services.find(service => service.name === name)?.longestStallMs ?? 0
    return {name, ok: countWhere(own, acknowledged), bad: countWhere(own, isWriteError), stallMs}
  })
  const failed = served.filter(({bad, stallMs}) => bad > 0 || stallMs > stallMsMax)
  const text = served
    .map(
      ({name, ok, bad, stallMs}) =>
        `${name}: ${plural(ok, 'write')} acknowledged since the disturbance, ${formatCount(bad)} not, none for ${formatMs(stallMs)} at most`,
    )
    .join('; ')
  if (failed.length > 0) return {verdict: 'fail', detail: text}
  const seen = served.length > 0 && served.every(({ok}) => ok >= servedMin)
  return finding(seen, 'unknown', text === '' ? 'there is no other shard' : text)
}

/**
 * A read that was answered has every order that was acknowledged before it began, on all shards that it does not name
 * as missing, and none that nobody had sent. Without leave it names none. Where a whole shard was down, both kinds were
 * seen: those without leave were refused, those with it named it.
 */
function scatterReadsWhole(facts: Facts): Finding {
  const {record, firstLoad, writes, scatterReads, ownScatterReads} = facts
  if (record.scenario.sharded === undefined || (record.config.load.scatterReadsPerSecond ?? 0) === 0) return null
  // Each load counts its own orders.
  const wrong = [
    ...complaintsOf(scatterReads, firstLoad),
    ...complaintsOf(ownScatterReads, ownScatterReads.length === 0 ? [] : where(writes, isOwn)),
  ]
  const all = scatterReads.length + ownScatterReads.length
  const answered = countWhere(scatterReads, isAnswered) + countWhere(ownScatterReads, isAnswered)
  if (wrong.length > 0)
    return {
      verdict: 'fail',
      detail: `${formatCount(wrong.length)} of ${plural(answered, 'read')} over shards wrong: ${wrong[0] ?? ''}`,
    }
  const named = countWhere(scatterReads, op => isAnswered(op) && op.missing.length > 0)
  const refused = countWhere(scatterReads, op => !op.partial && !isAnswered(op))
  const text =
    `${formatCount(answered)} of ${plural(all, 'read')} over shards answered, ` +
    `${formatCount(named)} of them in part, with the shard named; ${formatCount(refused)} without leave for that refused`
  const enough = losesShard(record.scenario.steps)
    ? named > 0 && refused > 0
    : // Each load for itself: what was before a loss says nothing of what came back.
      [scatterReads, ownScatterReads].every(reads => reads.length === 0 || countWhere(reads, isAnswered) > 0)
  return finding(enough && answered > 0, 'unknown', text)
}

/** `writes`: of the load whose orders are counted. */
function complaintsOf(reads: Facts['scatterReads'], writes: Facts['firstLoad']): readonly string[] {
  const ordersWith = ordersBy(writes)
  const complaints: string[] = []
  for (const op of reads) {
    const complaint = isAnswered(op) ? complaintOf(op, ordersWith) : null
    if (complaint !== null) complaints.push(complaint)
  }
  return complaints
}

/** The orders on all shards but some, of which a read that leaves those out counts. */
interface Orders {
  readonly ackedMs: Float64Array
  readonly sentMs: Float64Array
}

/** Orders by the shards that are left out: many reads leave out the same ones. */
function ordersBy(writes: Facts['firstLoad']): (missing: readonly string[]) => Orders {
  const known = new Map<string, Orders>()
  return missing => {
    const key = JSON.stringify(missing)
    const orders = known.get(key) ?? ordersWithout(missing, writes)
    known.set(key, orders)
    return orders
  }
}

function ordersWithout(missing: readonly string[], writes: Facts['firstLoad']): Orders {
  const orders = where(writes, op => op.kind === 'append' && !(op.shards ?? []).some(name => missing.includes(name)))
  return {
    ackedMs: ascended(column(where(orders, acknowledged), 'completedMs')),
    sentMs: ascended(column(orders, 'invokedMs')),
  }
}

function complaintOf(
  {partial, missing, seen, invokedMs, completedMs}: ScatterReadOp,
  ordersWith: (missing: readonly string[]) => Orders,
): string | null {
  if (!partial && missing.length > 0) return `one left out ${missing.join(', ')} without leave`
  const {ackedMs, sentMs} = ordersWith(missing)
  const [least, most] = [countBelow(ackedMs, invokedMs), countUpTo(sentMs, completedMs)]
  if (seen !== null && seen < least)
    return `one counted ${plural(seen, 'order')}, and ${formatCount(least)} had been acknowledged before it began`
  if (seen !== null && seen > most)
    return `one counted ${plural(seen, 'order')}, and no more than ${formatCount(most)} had been sent`
  return null
}

const losesShard = (steps: Facts['record']['scenario']['steps']): boolean =>
  steps.some(step => step.kind === 'inject' && step.fault.target.select === 'members')

/** Null where no user is hot. */
function hotGroupNamed(facts: Facts): Finding {
  const {record, firstLoad} = facts
  const share = record.config.load.hotUserShare ?? 0
  if (record.scenario.sharded === undefined || share === 0) return null
  const hot = measureShards(facts)?.hotGroup ?? null
  if (hot === null) return {verdict: 'unknown', detail: 'no write says its slot group'}
  const hottest = firstLoad.find(op => op.kind === 'append' && op.session === 0)?.groups?.[0]
  return finding(
    hot.group === hottest,
    'fail',
    `group ${hot.group} on ${hot.shard} has ${formatShare(hot.share)} of the writes of ` +
      `${plural(hot.groups, 'group')}; the hot user's is ${hottest ?? 'unknown'}`,
  )
}

const shown = (ids: readonly number[]): string =>
  `${ids.slice(0, idsShown).join(', ')}${ids.length > idsShown ? ', …' : ''}`
