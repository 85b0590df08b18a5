// A transfer over two shards whose client stops in the middle of its commit, and what recovery makes of it. Invariant:
// it is in the history as a transfer of which nobody knows what became. Not here: the client (src/sharding).
import type {ConnectedLab} from '../lab/lifecycle/connect-lab.ts'
import {transferHalf} from '../load/sharded/sharded-operations.ts'
import type {Clock, HistorySink} from '../model/ports.ts'
import type {StepOf} from '../model/scenario.ts'
import {startCommitClient, type CommitClient, type ShardStatement} from '../sharding/commit-client.ts'
import {listTransactions, resolveTransactions} from '../sharding/in-doubt.ts'
import {otherThan, userOf} from './shard-deeds.ts'
import type {CrossingPorts} from './world.ts'

interface CrossingOptions {
  readonly lab: ConnectedLab
  readonly run: string
  readonly clock: Clock
  readonly onOp: HistorySink
}

/** Above those of the controls. */
const firstId = 1_000_000_100
const amount = 3

/** One client at a time. */
export function crossingPorts({lab, run, clock, onOp}: CrossingOptions): CrossingPorts {
  let client: CommitClient | null = null
  let begun = 0
  const end = async (): Promise<void> => {
    await client?.kill()
    client = null
  }
  return {
    async begin(at: StepOf<'begin-commit'>['at']) {
      const there = otherThan(
        lab.cluster,
        lab.clusters.map(({cluster}) => cluster),
      )
      const [from, to] = [await userOf(lab.cluster, run), await userOf(there, run)]
      const id = firstId + begun++
      const on = (shard: string, statements: ReturnType<typeof transferHalf>): readonly ShardStatement[] =>
        statements.map(statement => ({shard, ...statement}))
      const invokedMs = clock.nowMs()
      client = startCommitClient(
        lab,
        [
          ...on(lab.cluster.name, transferHalf(run, id, from, 'give', amount)),
          ...on(there.name, transferHalf(run, id, to, 'take', amount)),
        ],
        at,
      )
      try {
        await client.stopped
      } finally {
        onOp({
          kind: 'transfer',
          id,
          from,
          to,
          amount,
          dueMs: invokedMs,
          invokedMs,
          completedMs: clock.nowMs(),
          outcome: 'unknown',
          node: null,
          timeline: null,
          error: {code: null, message: 'its client was killed'},
          shards: [lab.cluster.name, there.name].sort(),
        })
      }
      const {parts} = await listTransactions(lab)
      return `a transfer is ${at}; ${parts.map(({gid, shard}) => `${gid} on ${shard}`).join(', ') || 'no part'} is prepared`
    },
    kill: end,
    async resolve() {
      const {parts, notAsked} = await resolveTransactions(lab, {decisions: {}, dryRun: false})
      const left = parts.some(({done}) => done === 'left') || notAsked.length > 0
      const said = parts.map(({shard, done, why}) => `the part on ${shard}: ${done} (${why})`)
      const words = [...said, ...notAsked.map(shard => `${shard} was not asked`)].join('; ')
      return {left, said: words === '' ? 'nothing was prepared' : words}
    },
  }
}
