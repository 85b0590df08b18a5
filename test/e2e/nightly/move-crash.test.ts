// The process that runs a move is killed before each of its effects, on real servers; then the move goes on, or back.
import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {fileURLToPath} from 'node:url'
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import {ShardError} from '../../../src/shards/shard-error.ts'
import type {MoveEffect} from '../../../src/shards/move/effect-sides.ts'
import {abortMove, finishMove, resumeMove, rollBackMove, startMove} from '../../../src/shards/move/moves.ts'
import {listMoves, type ListedMove} from '../../../src/shards/move/list-moves.ts'
import {useServers} from '../../integration/router/servers.ts'
import type {ChildOrder} from '../../integration/shards/move-child.ts'
import {expectOn, limits, makeShards, moving, type MoveShards} from '../../integration/shards/use-move.ts'

const one = useServers('move-crash-a', {standbys: 0})
const other = useServers('move-crash-b', {standbys: 0})
const options = {limits}

let shards: MoveShards
beforeEach(async () => {
  shards = await makeShards(one, other)
})
afterEach(async () => {
  await shards.drop()
})

const child = fileURLToPath(new URL('../../integration/shards/move-child.ts', import.meta.url))

/** Resolves when it is dead. */
const killedAt = async (effect: MoveEffect, goal: ChildOrder['goal']): Promise<void> => {
  const {host, port} = one.primary
  const places = [
    {host, port},
    {host: other.primary.host, port: other.primary.port},
  ]
  const told: ChildOrder = {
    servers: shards.cluster.shards.map(({name, conninfo}, index) => ({
      name,
      conninfo,
      database: shards.database,
      ...(places[index] ?? {host, port}),
    })),
    order: {groups: moving, from: 's1', to: 's2'},
    limits,
    effect,
    goal,
  }
  const running = spawn(process.execPath, [child, JSON.stringify(told)], {stdio: ['ignore', 'inherit', 'inherit']})
  const [, signal] = (await once(running, 'exit')) as unknown as readonly [number | null, NodeJS.Signals | null]
  expect(signal).toBe('SIGKILL')
}

/** The one that was going on. */
async function foundMove(): Promise<ListedMove> {
  const [found] = (await listMoves(shards.cluster)).moves
  if (found === undefined) throw new Error('no move is known')
  return found
}

const usersWere = async (): Promise<readonly number[]> => shards.usersOn('s1')

async function expectAllOn(owner: 's1' | 's2', users: readonly number[]): Promise<void> {
  await expectOn(shards, owner)
  expect(await shards.usersOn(owner)).toEqual(users)
}

/** The server notices that its client is gone within moments, and gives its lock back. */
const patiently = async <T>(work: () => Promise<T>): Promise<T> => {
  const ended: Promise<T>[] = []
  await expect
    .poll(async () => {
      const done = work()
      const error: unknown = await done.then(
        () => null,
        (reason: unknown) => reason,
      )
      if (error instanceof ShardError && error.detail['reason'] === 'RUNNING') return 'running'
      ended.push(done)
      return 'ended'
    })
    .toBe('ended')
  const [first] = ended
  if (first === undefined) throw new Error('it has not ended')
  return first
}

const forward: readonly MoveEffect[] = [
  'record-source',
  'announce',
  'publish',
  'copy',
  'subscribe',
  'publish-back',
  'make-slot-back',
  'subscribe-back',
  'verify',
  'fence',
  'activate',
  'tell-catalog',
  'release',
  'unsubscribe',
  'drop-slot',
  'unpublish',
]

/** Of each kind one: nothing made yet, in the middle, fenced, and too late. */
const undone: readonly MoveEffect[] = ['announce', 'copy', 'subscribe-back', 'verify', 'activate', 'tell-catalog']

describe('killed before', () => {
  it.each(forward)('%s, it is resumed and finished', async effect => {
    const users = await usersWere()
    await killedAt(effect, 'move')
    const {id} = await foundMove()
    expect(await patiently(() => resumeMove(shards.cluster, id, options))).toMatchObject({phase: 'settled'})
    await finishMove(shards.cluster, id, options)
    await expectAllOn('s2', users)
  })

  it.each(undone)('%s, it is aborted, or rolled back where that comes too late', async effect => {
    const users = await usersWere()
    await killedAt(effect, 'move')
    const {id} = await foundMove()
    try {
      await patiently(() => abortMove(shards.cluster, id, options))
    } catch (error) {
      expect(error).toMatchObject({code: 'MOVE_REFUSED', detail: {next: 'rollback'}})
      await rollBackMove(shards.cluster, id, options)
    }
    await expectAllOn('s1', users)
  })

  it.each<MoveEffect>([
    'withdraw-back',
    'unsubscribe-back',
    'drop-slot-back',
    'unpublish-back',
    'wipe-source',
    'forget-source',
    'forget-destination',
  ])('%s of its end, it is finished', async effect => {
    const users = await usersWere()
    await killedAt(effect, 'finish')
    const {id} = await foundMove()
    await patiently(() => finishMove(shards.cluster, id, options))
    await expectAllOn('s2', users)
  })

  it.each<MoveEffect>([
    'announce-back',
    'fence-back',
    'activate-back',
    'release-back',
    'unsubscribe-back',
    'wipe-destination',
    'withdraw',
    'forget-destination',
  ])('%s of its way back, it goes back', async effect => {
    const users = await usersWere()
    await killedAt(effect, effect === 'wipe-destination' ? 'move' : 'rollback')
    const {id, goal} = await foundMove()
    const back = goal === 'abort' || effect === 'wipe-destination' ? abortMove : rollBackMove
    await patiently(() => back(shards.cluster, id, options))
    await expectAllOn('s1', users)
  })
})

describe('a server that is killed', () => {
  const places = {s1: one, s2: other}
  it.each<readonly ['s1' | 's2', MoveEffect, string]>([
    ['s1', 'copy', 'published'],
    ['s1', 'verify', 'reversible'],
    // The source cannot be asked to let its groups go on.
    ['s1', 'activate', 'fenced'],
    ['s1', 'release', 'told'],
    ['s2', 'copy', 'published'],
    ['s2', 'subscribe-back', 'subscribed'],
    // The fence was taken back, without a word of the destination.
    ['s2', 'activate', 'verified'],
    ['s2', 'unsubscribe', 'told'],
  ])('%s before %s stops the move, which goes on when it is back', async (shard, effect, phase) => {
    const users = await usersWere()
    const server = places[shard]
    const stopped: unknown = await startMove(
      shards.cluster,
      {groups: moving, from: 's1', to: 's2'},
      {
        ...options,
        onProgress: progress =>
          progress.kind === 'effect' && progress.effect === effect ? server.kill(server.primary) : undefined,
      },
    ).then(
      () => null,
      (error: unknown) => error,
    )
    expect(stopped).toMatchObject({code: 'MOVE_STOPPED', detail: {phase}})
    if (phase === 'verified')
      expect(
        await shards.sql('s1', `SELECT FROM hl_shards.slot_group WHERE state = 'o' AND slot_group = 3`),
      ).toHaveLength(1)
    await server.start(server.primary)
    const {id} = await foundMove()
    expect(await patiently(() => resumeMove(shards.cluster, id, options))).toMatchObject({phase: 'settled'})
    await finishMove(shards.cluster, id, options)
    await expectAllOn('s2', users)
  })
})
