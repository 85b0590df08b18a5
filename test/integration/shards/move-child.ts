// A process that runs a move and is killed, without a word, when an effect is about to begin. For tests only. Arguments
// as JSON: servers, order, limits, effect, goal, id.
import {finishMove, resumeMove, rollBackMove, startMove} from '../../../src/shards/move/moves.ts'
import type {MoveOptions, MoveOrder} from '../../../src/shards/move/hold-move.ts'
import type {MoveLimits} from '../../../src/shards/move/move-context.ts'
import type {MoveServer} from '../../../src/shards/move/move-servers.ts'
import type {MoveEffect} from '../../../src/shards/move/effect-sides.ts'

/** What the child is told. */
export interface ChildOrder {
  readonly servers: readonly {
    readonly name: string
    readonly conninfo: string
    readonly host: string
    readonly port: number
    readonly database: string
  }[]
  readonly order: MoveOrder
  readonly limits: Partial<MoveLimits>
  readonly effect: MoveEffect
  readonly goal: 'move' | 'finish' | 'rollback'
}

const {servers, order, limits, effect, goal} = JSON.parse(process.argv[2] ?? '{}') as ChildOrder
const shards = servers.map(({name, conninfo, host, port, database}): MoveServer => ({
  name,
  conninfo,
  connection: () => ({host, port, user: 'postgres', database}),
}))
const [catalog] = shards
if (catalog === undefined) throw new Error('no servers')
const cluster = {shards, catalog}
const options: MoveOptions = {
  limits,
  onProgress: progress => {
    if (progress.kind === 'effect' && progress.effect === effect) process.kill(process.pid, 'SIGKILL')
  },
}
const {id} = await startMove(cluster, order, options)
await resumeMove(cluster, id, options)
if (goal === 'finish') await finishMove(cluster, id, options)
if (goal === 'rollback') await rollBackMove(cluster, id, options)
