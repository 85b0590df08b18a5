// What controls plant among the rows of a sharded lab, past the library over shards, so that a checker must say no.
// Invariants: only experiments come here; the way to take it away is there before the deed. Not here: the checks
// (src/measure), rows of the load (src/load/sharded).
import {runScript} from '../lab/psql.ts'
import {hint} from '../model/command-hint.ts'
import {HlError, unreachable} from '../model/errors.ts'
import type {Op} from '../model/history.ts'
import type {Clock, Cluster, HistorySink} from '../model/ports.ts'
import type {Plant} from '../model/scenario.ts'
import type {PlantedDeed} from './world.ts'

export interface DeedOptions {
  /** The one that steps are about, and another. */
  readonly here: Cluster
  readonly there: Cluster | null
  readonly run: string
  readonly clock: Clock
  readonly onOp: HistorySink
}

/** Far above those of the load, which count up from 1. */
const deedId = 1_000_000_001
const amount = 7

/** Errors of its parts: LAB_UNHEALTHY. */
export function shardDeed(what: Plant, options: DeedOptions): PlantedDeed {
  switch (what) {
    case 'row-on-wrong-shard':
      return rowOnWrongShard(options)
    case 'half-transaction':
      return halfTransaction(options)
    case 'row-on-both-shards':
    case 'row-changed':
    case 'row-missing':
      return afterMove(what, options)
    default:
      return unreachable(what)
  }
}

/** As a replication worker writes, whom the fence lets pass: a copy that went to the wrong place. */
function rowOnWrongShard({here, there, run}: DeedOptions): PlantedDeed {
  const key = `${run}:p`
  const asReplica = 'SET session_replication_role = replica;'
  return {
    async plant() {
      const user = await userOf(there, run)
      await sql(
        here,
        `${asReplica} INSERT INTO orders (user_id, order_id, request_key, currency, amount)
         VALUES (${user}, gen_random_uuid(), '${key}', 'EUR', 1);`,
      )
      return `an order of user ${user}, who lives on ${there?.name ?? 'nowhere'}, is on ${here.name} too`
    },
    async remove() {
      await sql(here, `${asReplica} DELETE FROM orders WHERE request_key = '${key}';`)
    },
  }
}

/** Both halves of a transfer are prepared; one is committed, the other rolled back. */
function halfTransaction({here, there, run, clock, onOp}: DeedOptions): PlantedDeed {
  const gid = `hl-control:${run}`
  const half = (user: number, way: 'give' | 'take'): string => `BEGIN; SET LOCAL ROLE hl_app;
    UPDATE orders SET amount = amount ${way === 'give' ? '-' : '+'} ${amount}
     WHERE user_id = ${user} AND request_key = '${run}:a';
    INSERT INTO orders (user_id, order_id, request_key, currency, amount)
    VALUES (${user}, gen_random_uuid(), '${run}:t:${deedId}:${way}:', 'EUR', ${amount});
    PREPARE TRANSACTION '${gid}:${way}';`
  return {
    async plant() {
      const other = needed(there)
      const [from, to] = [await userOf(other, run), await userOf(here, run)]
      const sent = {from, to, invokedMs: clock.nowMs(), shards: [here.name, other.name].sort()}
      const told = (outcome: Op['outcome']): void => onOp(transferOp({...sent, outcome, completedMs: clock.nowMs()}))
      try {
        await sql(other, half(from, 'give'))
        await sql(here, half(to, 'take'))
        await sql(other, `COMMIT PREPARED '${gid}:give';`)
        await sql(here, `ROLLBACK PREPARED '${gid}:take';`)
      } catch (error) {
        // A part of it may be there.
        told('unknown')
        throw error
      }
      told('ok')
      return `${amount} were taken from user ${from} on ${other.name}, and user ${to} on ${here.name} never got them`
    },
    async remove() {
      for (const [cluster, way] of [
        [here, 'take'],
        [there, 'give'],
      ] as const)
        if (cluster !== null)
          await sql(
            cluster,
            `SELECT format('ROLLBACK PREPARED %L', gid) FROM pg_prepared_xacts WHERE gid = '${gid}:${way}' \\gexec\n`,
          )
    },
  }
}

/**
 * As a move that went wrong would leave the rows of a user who was moved to the other shard: as a replication worker
 * writes, whom the fence lets pass, on the shard that is told.
 */
function afterMove(
  what: 'row-on-both-shards' | 'row-changed' | 'row-missing',
  {here, there, run}: DeedOptions,
): PlantedDeed {
  const account = `request_key = '${run}:a'`
  const as = 'SET session_replication_role = replica;'
  const deeds = {
    'row-on-both-shards': {
      on: here,
      plant: (user: number) =>
        `INSERT INTO orders (user_id, order_id, request_key, currency, amount) VALUES (${user}, ` +
        `gen_random_uuid(), '${run}:a', 'EUR', 1)`,
      remove: `DELETE FROM orders WHERE ${account}`,
      said: `is on ${here.name} too, from where he was moved`,
    },
    'row-changed': {
      on: needed(there),
      plant: (user: number) => `UPDATE orders SET amount = amount + ${amount} WHERE user_id = ${user} AND ${account}`,
      // The rows of a run are its own, and nobody counts them after it.
      remove: 'SELECT 1',
      said: `has ${amount} more than was ever given to him`,
    },
    'row-missing': {
      on: needed(there),
      plant: (user: number) =>
        `DELETE FROM orders WHERE order_id = (SELECT order_id FROM orders WHERE user_id = ${user}
           AND request_key LIKE '${run}:w:%' AND right(request_key, 2) <> ':d' ORDER BY request_key LIMIT 1)`,
      remove: 'SELECT 1',
      said: 'lacks one of his orders',
    },
  }
  const {on, plant, remove, said} = deeds[what]
  return {
    async plant() {
      const user = await userOf(there, run)
      await sql(on, `${as} ${plant(user)};`)
      return `user ${user} ${said}`
    },
    async remove() {
      await sql(on, `${as} ${remove};`)
    },
  }
}

type Transfer = Extract<Op, {kind: 'transfer'}>

function transferOp(
  seen: Pick<Transfer, 'from' | 'to' | 'invokedMs' | 'completedMs' | 'outcome' | 'shards'>,
): Transfer {
  const nobody = {node: null, timeline: null, error: null}
  return {kind: 'transfer', id: deedId, dueMs: seen.invokedMs, amount, ...nobody, ...seen}
}

/** One of the load. */
export async function userOf(cluster: Cluster | null, run: string): Promise<number> {
  const shard = needed(cluster)
  const text = await sql(shard, `SELECT min(user_id) FROM orders WHERE request_key = '${run}:a';`)
  if (/^\d+$/.test(text)) return Number(text)
  throw new HlError('LAB_UNHEALTHY', `shard ${shard.name} has no user of the load`, {next: [hint('shards list')]})
}

/** SHARD_UNKNOWN when there is no other. */
export function otherThan(here: Cluster, all: readonly Cluster[]): Cluster {
  return needed(all.find(({name}) => name !== here.name) ?? null)
}

function needed(cluster: Cluster | null): Cluster {
  if (cluster !== null) return cluster
  throw new HlError('SHARD_UNKNOWN', 'the lab has no second shard', {next: [hint('status')]})
}

async function sql(cluster: Cluster, text: string): Promise<string> {
  const {primary} = await cluster.state()
  if (primary === null)
    throw new HlError('LAB_UNHEALTHY', `shard ${cluster.name} has no primary`, {next: [hint('status')]})
  const {exitCode, stdout, stderr} = await runScript(cluster, primary, text)
  if (exitCode === 0) return stdout.trim()
  throw new HlError('LAB_UNHEALTHY', `${primary} refused what the control does: ${stderr.trim()}`, {
    next: [hint('status'), hint('logs', {args: [primary]})],
  })
}
