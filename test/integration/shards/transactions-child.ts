// A process that moves an amount over shards and kills itself at one step of the commit. For tests only: started by
// transactions-crash.test.ts with one argument in JSON.
import {setImmediate as turn} from 'node:timers/promises'
import {Router} from '../../../src/router/index.ts'
import type {ProtocolStep} from '../../../src/shards/transactions/crash-points.ts'
import {ShardTransactions} from '../../../src/shards/transactions/shard-transactions.ts'

export interface ChildOrder {
  readonly mapId: string
  readonly shards: readonly {
    readonly name: string
    readonly hosts: readonly string[]
    readonly database: string
    readonly user: string
    readonly password: string
  }[]
  readonly account: number
  readonly amount: number
  readonly step: ProtocolStep
}

const order = JSON.parse(process.argv[2] ?? '') as ChildOrder
const shards = order.shards.map(({name, hosts, database, user, password}) => ({
  name,
  router: new Router({
    database,
    user,
    password,
    topology: {hosts, timeoutMs: 10_000, evidenceTtlMs: 30_000},
    max: 2,
    connectTimeoutMs: 20_000,
    waitMs: 60_000,
  }),
}))
const transactions = new ShardTransactions({
  shards: () => shards,
  mapId: order.mapId,
  acquireMs: 60_000,
  atStep: async step => {
    if (step !== order.step) return
    // What was given to the driver leaves the process.
    if (step.endsWith('ing')) for (let turns = 0; turns < 3; turns++) await turn()
    process.kill(process.pid, 'SIGKILL')
  },
})
const text = 'UPDATE account SET amount = amount + $2 WHERE id = $1'
const result = await transactions.run(async transaction => {
  const [first, ...others] = shards
  for (const {name} of others) await transaction.onShard(name).query(text, [order.account, order.amount])
  if (first !== undefined)
    await transaction.onShard(first.name).query(text, [order.account, -order.amount * others.length])
})
// Only the compaction comes after this.
process.stdout.write(JSON.stringify(result))
await transactions.end()
await Promise.all(shards.map(({router}) => router.end()))
