// What a load over shards does in the back office: a user places an order, disputes one, money goes from one user's
// order to that of a user on another shard, orders are counted over all shards. Invariants: what is recorded says the
// shards and slot groups that it went to, also when it failed; a write that is applied twice leaves two rows. Not here:
// the way to the shards (sharded-path.ts), what is found afterwards (sharded-final.ts).
//
// The request_key of a row says what it is: `<run>:a` the account of a user, of which transfers take and to which they
// add; `<run>:w:<op>:<version>:…` a write; `<run>:t:<op>:give|take:…` one half of a transfer.
import type {Random} from '../../model/ports.ts'
import type {LoadSpec} from '../../model/scenario.ts'
import type {Attempt, Statement} from '../access-paths/access-path.ts'
import {createClientSessions, draw} from '../client-sessions.ts'
import type {LoadOperations} from '../operations/load-operations.ts'
import {servedByPrimary, type Operation, type Stamp} from '../operations/operation.ts'
import {seenIn} from '../operations/read.ts'
import {drawPair, type LoadUser} from './shard-users.ts'
import type {ShardedPath} from './sharded-path.ts'

/** An amount must stay above zero: far more than a run can take. */
export const openingAmount = 1_000_000
const amountMax = 10
/** Every so many-th write of a user is a dispute of an order that is placed with it. */
const disputeEvery = 4

const insertOrder =
  'INSERT INTO orders (user_id, order_id, request_key, currency, amount) VALUES ($1, gen_random_uuid(), $2::text ' +
  '|| gen_random_uuid()::text,'

export function openUser(userId: number): Statement {
  return {
    text: 'INSERT INTO users (user_id, email) VALUES ($1, $2) ON CONFLICT (user_id) DO NOTHING',
    values: [userId, `load-${userId}@example.org`],
  }
}

export function openAccount(run: string, userId: number): Statement {
  return {
    text:
      'INSERT INTO orders (user_id, order_id, request_key, currency, amount) VALUES ($1, gen_random_uuid(), $2, ' +
      `'EUR', $3)`,
    values: [userId, `${run}:a`, openingAmount],
  }
}

/** One statement, or two in one transaction on the user's shard. */
export function orderStatements(run: string, id: number, userId: number, version: number): readonly Statement[] {
  const key = `${run}:w:${id}:${version}:`
  if (version % disputeEvery !== 0)
    return [{text: `${insertOrder} 'EUR', 1) RETURNING ${servedByPrimary}`, values: [userId, key]}]
  return [
    {
      text:
        'INSERT INTO orders (user_id, order_id, request_key, currency, amount) VALUES ($1, md5($2::text)::uuid, $2, ' +
        `'EUR', 1)`,
      values: [userId, `${key}d`],
    },
    {
      text:
        'INSERT INTO disputes (user_id, dispute_id, order_id, reason, amount) VALUES ($1, md5($2::text)::uuid, ' +
        `md5($2::text)::uuid, 'not_received', 1) RETURNING ${servedByPrimary}`,
      values: [userId, `${key}d`],
    },
  ]
}

/** One user's half of a transfer: his account, and a row that says that it was done. */
export function transferHalf(
  run: string,
  id: number,
  userId: number,
  way: 'give' | 'take',
  amount: number,
): readonly Statement[] {
  return [
    {
      text: 'UPDATE orders SET amount = amount + $3 WHERE user_id = $1 AND request_key = $2',
      values: [userId, `${run}:a`, way === 'give' ? -amount : amount],
    },
    {
      text: `${insertOrder} 'EUR', $3) RETURNING ${servedByPrimary}`,
      values: [userId, `${run}:t:${id}:${way}:`, amount],
    },
  ]
}

/** By user ids, so that two transfers never wait for each other. */
export function transferStatements(
  run: string,
  id: number,
  {from, to, amount}: {readonly from: number; readonly to: number; readonly amount: number},
): readonly Statement[] {
  const [give, take] = [transferHalf(run, id, from, 'give', amount), transferHalf(run, id, to, 'take', amount)]
  return from < to ? [...give, ...take] : [...take, ...give]
}

function newestVersion(run: string, userId: number): Statement {
  return {
    text:
      `SELECT coalesce(max(split_part(request_key, ':', 4)::integer), 0) AS seen, host(inet_server_addr()) AS ` +
      'server, substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8) AS timeline FROM orders WHERE user_id = ' +
      '$1 AND request_key LIKE $2',
    values: [userId, `${run}:w:%`],
  }
}

function countOrders(run: string): Statement {
  return {text: 'SELECT count(*) AS seen FROM orders WHERE request_key LIKE $1', values: [`${run}:w:%`]}
}

export interface ShardedOperationsOptions {
  readonly path: ShardedPath
  readonly run: string
  readonly load: Pick<LoadSpec, 'hotUserShare'>
  readonly random: Random
  readonly users: readonly LoadUser[]
}

/** Sessions of the history are users, by their place in the list. */
export function shardedOperations(options: ShardedOperationsOptions): LoadOperations {
  const {path, run, load, random, users} = options
  const sessions = createClientSessions(random, users.length, load.hotUserShare)
  const userAt = (session: number): LoadUser => users[session] ?? missing(session)
  const at = (...those: readonly LoadUser[]): {shards: readonly string[]; groups: readonly number[]} => ({
    shards: [...new Set(those.map(({shard}) => shard))].sort(),
    groups: those.map(({group}) => group),
  })
  let scattered = 0
  return {
    append(stamp) {
      const who = sessions.nextAppend()
      const user = userAt(who.session)
      const statements = orderStatements(run, stamp.id, user.userId, who.version)
      return {
        stamp,
        changes: true,
        send: attempt => sendAll(path, statements, attempt),
        record: finish => ({kind: 'append', ...stamp, ...who, ...at(user), ...finish}),
      }
    },
    transfer(stamp) {
      const [from, to] = drawPair(users, random)
      const move = {from: from.userId, to: to.userId, amount: 1 + draw(random, amountMax)}
      return {
        stamp,
        changes: true,
        send: attempt => path.transaction(transferStatements(run, stamp.id, move), attempt),
        record: finish => ({kind: 'transfer', ...stamp, ...move, ...at(from, to), ...finish}),
      }
    },
    read(kind, stamp) {
      const who = sessions.nextRead()
      const user = userAt(who.of)
      return {
        stamp,
        changes: false,
        send: attempt => path.readKey(user.userId, newestVersion(run, user.userId), attempt),
        record: (finish, reply) => ({
          kind,
          ...stamp,
          ...who,
          ...at(user),
          ...finish,
          seen: reply === null ? null : seenIn(reply),
        }),
      }
    },
    scatter: stamp => scatterRead(options, stamp, ++scattered % 2 === 0),
  }
}

function sendAll(path: ShardedPath, statements: readonly Statement[], attempt: Attempt): ReturnType<Operation['send']> {
  const [only, ...more] = statements
  return only === undefined || more.length > 0 ? path.transaction(statements, attempt) : path.write(only, attempt)
}

function scatterRead({path, run, users}: ShardedOperationsOptions, stamp: Stamp, partial: boolean): Operation {
  const shards = [...new Set(users.map(({shard}) => shard))].sort()
  return {
    stamp,
    changes: false,
    send: attempt => path.readAll(countOrders(run), partial, attempt),
    record: (finish, reply) => ({
      kind: 'scatter-read',
      ...stamp,
      partial,
      shards,
      ...finish,
      missing: reply?.missing ?? [],
      seen: reply === null ? null : countIn(reply.row?.['seen']),
    }),
  }
}

/** A bigint comes as a text. */
function countIn(seen: unknown): number | null {
  const count = typeof seen === 'string' || typeof seen === 'number' ? Number(seen) : NaN
  return Number.isSafeInteger(count) ? count : null
}

function missing(session: number): never {
  throw new Error(`the load has no user ${session}`)
}
