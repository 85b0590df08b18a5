// Every move, cut off at every moment, and taken up again in every way.
import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {ShardError} from '../shard-error.ts'
import {Crash, FakeShards, FakeWorld} from '../../../test/fakes/fake-move.ts'
import {noting} from './effect-sides.ts'
import {goalOf, movePhases, moveStates, type MoveGoal, type MovePhase} from './move-states.ts'
import {runMove} from './run-move.ts'
import {stepsAhead} from './steps-ahead.ts'

const goals: readonly MoveGoal[] = ['move', 'finish', 'abort', 'rollback']
const options = {cutoversMost: 3}

/** A process comes, takes the move over and runs it. */
const run = async (shards: FakeShards, goal: MoveGoal): Promise<MovePhase | null> => {
  const world = new FakeWorld(shards)
  await world.claim()
  return runMove(world, goal, options)
}

/** As above; whether it crashed. */
const crashes = async (shards: FakeShards, goal: MoveGoal, at: number): Promise<boolean> => {
  shards.onTick = async tick => {
    if (tick === at) throw new Crash()
  }
  try {
    await run(shards, goal)
    return false
  } catch (error) {
    if (!isCrash(error)) throw error
    return true
  } finally {
    shards.onTick = () => Promise.resolve()
  }
}

const isCrash = (error: unknown): boolean =>
  error instanceof Crash || (error instanceof ShardError && error.cause instanceof Crash)

const phaseOf = async (shards: FakeShards): Promise<MovePhase> => (await new FakeWorld(shards).read('move')).phase

/** One after the other, those that are refused are not counted; to the end. */
const ends = async (shards: FakeShards, wanted: readonly MoveGoal[]): Promise<void> => {
  for (const goal of wanted) {
    // Without a record there is no such move.
    if (isGone(shards)) return
    try {
      if ((await run(shards, goal)) === null) return
    } catch (error) {
      if (!(error instanceof ShardError) || error.code !== 'MOVE_REFUSED') throw error
    }
  }
}

const isGone = ({source, destination}: FakeShards): boolean => source.record === null && destination.record === null

const nothingIsLeft = (shards: FakeShards): void => {
  expect(shards.left()).toEqual([])
  shards.check()
}

describe('the table', () => {
  it.each(movePhases)(
    '%s leads somewhere for each goal, and a flip is the only effect of its step that notes',
    phase => {
      for (const goal of goals) {
        const step = moveStates[phase][goal]
        if (step.kind === 'refuse') expect(moveStates[phase][step.next].kind).not.toBe('refuse')
        if (step.kind !== 'go') continue
        const flips = step.effects.filter(effect => noting.has(effect))
        expect(flips.length).toBeLessThanOrEqual(1)
        if (flips.length === 1) expect(step.effects.at(-1)).toBe(flips[0])
      }
      expect(moveStates[phase][goalOf(phase)].kind).not.toBe('refuse')
    },
  )
})

describe('the steps ahead', () => {
  it.each(movePhases)('of %s come to an end, or are refused with a way that is not', phase => {
    for (const goal of goals)
      try {
        const steps = stepsAhead(phase, goal)
        expect(steps[0]?.phase ?? phase).toBe(phase)
        expect(['gone', 'settled', phase]).toContain(steps.at(-1)?.then ?? phase)
      } catch (error) {
        if (!(error instanceof ShardError)) throw error
        const next = error.detail['next'] as MoveGoal
        expect(error.code).toBe('MOVE_REFUSED')
        expect(() => stepsAhead(phase, next)).not.toThrow()
      }
  })
  it('are those that are then gone through', async () => {
    const shards = new FakeShards()
    const seen: string[] = []
    const world = new FakeWorld(shards)
    await world.claim()
    await runMove(world, 'move', {...options, onEffect: effect => seen.push(effect)})
    expect(stepsAhead('begun', 'move').flatMap(({effects}) => effects)).toEqual(seen)
  })
})

describe('a move', () => {
  it('rests on the destination, is finished, and leaves nothing', async () => {
    const shards = new FakeShards()
    expect(await run(shards, 'move')).toBe('settled')
    expect(shards.destination.state).toBe('o')
    expect(await run(shards, 'finish')).toBeNull()
    nothingIsLeft(shards)
    expect(shards.owner).toBe(shards.destination)
    expect(shards.acknowledged.size).toBeGreaterThan(2)
  })

  it('is rolled back with what was written since', async () => {
    const shards = new FakeShards()
    await run(shards, 'move')
    shards.write('since')
    expect(await run(shards, 'rollback')).toBeNull()
    nothingIsLeft(shards)
    expect(shards.owner).toBe(shards.source)
    expect(shards.source.rows.has('since')).toBe(true)
  })

  it('whose cutover is slow is taken back and tried again, as often as it is told', async () => {
    const shards = new FakeShards()
    shards.slowCutovers = 2
    expect(await run(shards, 'move')).toBe('settled')
    shards.slowCutovers = 5
    await expect(run(shards, 'rollback')).rejects.toMatchObject({code: 'MOVE_STOPPED', detail: {phase: 'returning'}})
    expect(shards.owner).toBe(shards.destination)
    expect(await run(shards, 'finish')).toBeNull()
    nothingIsLeft(shards)
  })

  it('whose fence an earlier process has left is compared again before its switch', async () => {
    const shards = new FakeShards()
    shards.onTick = async () => {
      if (shards.source.state === 'm') throw new Crash()
    }
    await expect(run(shards, 'move')).rejects.toThrow()
    shards.onTick = () => Promise.resolve()
    // As a failover takes it: the marker of the next fence would come all the same.
    shards.destination.rows.delete('d')
    await expect(run(shards, 'move')).rejects.toMatchObject({code: 'MOVE_STOPPED', detail: {phase: 'reversible'}})
    expect(shards.owner).toBe(shards.source)
  })

  it.each([
    ['abort', 'move', 'rollback'],
    ['rollback', 'finish', 'finish'],
    ['rollback', 'abort', 'abort'],
  ] as const)('refuses %s where it comes too late or too early, and says what can be done', async (goal, to, next) => {
    const shards = new FakeShards()
    await run(shards, 'move')
    if (to === 'finish')
      for (let gap = 1; (await phaseOf(shards)) !== 'closed'; gap++) await crashes(shards, 'finish', shards.ticks + gap)
    const fresh = to === 'abort' ? new FakeShards() : shards
    await expect(run(fresh, goal)).rejects.toMatchObject({code: 'MOVE_REFUSED', detail: {goal, next}})
  })
})

/** What was under way when it was cut off, and what is wanted after that. */
const stories: readonly (readonly [readonly MoveGoal[], readonly MoveGoal[]])[] = [
  [['move'], ['move', 'finish']],
  [['move'], ['abort', 'rollback']],
  [['move'], ['abort', 'finish']],
  [['move', 'finish'], ['finish']],
  [
    ['move', 'finish'],
    ['rollback', 'finish'],
  ],
  [['move', 'rollback'], ['rollback']],
  [
    ['move', 'rollback'],
    ['move', 'finish', 'abort'],
  ],
]

describe.each(stories)('%j, cut off at each tick, then %j', (first, then) => {
  it('ends with each row on its owner and nothing left', async () => {
    const phasesSeen = new Set<MovePhase>()
    for (let at = 1; ; at++) {
      const shards = new FakeShards()
      let crashed = false
      for (const goal of first) crashed ||= await crashes(shards, goal, at)
      if (!crashed) break
      if (!isGone(shards)) phasesSeen.add(await phaseOf(shards))
      await ends(shards, then)
      if (!isGone(shards)) await ends(shards, [goalOf(await phaseOf(shards)), 'finish'])
      expect([at, isGone(shards), ...shards.left()]).toEqual([at, true])
      shards.check()
    }
    expect(phasesSeen.size).toBeGreaterThan(10)
  })

  it('and the same when the second run is cut off too', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({min: 1, max: 60}), {minLength: 2, maxLength: 5}), async gaps => {
        const shards = new FakeShards()
        for (const [index, gap] of gaps.entries()) {
          const goal = (index === 0 ? first : then)[index % 2] ?? first[0] ?? 'move'
          if (index > 0 && isGone(shards)) break
          try {
            await crashes(shards, goal, shards.ticks + gap)
          } catch (error) {
            if (!(error instanceof ShardError) || error.code !== 'MOVE_REFUSED') throw error
          }
        }
        if (!isGone(shards)) await ends(shards, [goalOf(await phaseOf(shards)), 'finish', 'abort'])
        expect(isGone(shards)).toBe(true)
        nothingIsLeft(shards)
      }),
      {numRuns: 150},
    )
  })
})

/** A person goes on, then tries what else there is. */
const whateverHelps = async (shards: FakeShards): Promise<void> => {
  const steps: readonly (MoveGoal | 'resume')[] = ['resume', 'abort', 'rollback', 'finish', 'resume', 'finish']
  for (const step of steps) {
    if (isGone(shards)) return
    try {
      await run(shards, step === 'resume' ? goalOf(furthest(shards)) : step)
    } catch (error) {
      if (!(error instanceof ShardError)) throw error
    }
  }
}

/** As hl shards status has it: what the record of the highest step says. */
const furthest = ({source, destination}: FakeShards): MovePhase =>
  [source.record, destination.record].flatMap(record => record ?? []).sort((one, other) => other.step - one.step)[0]
    ?.phase ?? 'begun'

interface Disturbance {
  readonly side: 'source' | 'destination'
  readonly lag: number
  /** Ticks until it comes. */
  readonly gap: number
}

/** A failover, which ends the process too: its connections are gone. */
const disturbed = async (shards: FakeShards, goal: MoveGoal, {side, lag, gap}: Disturbance): Promise<void> => {
  const until = shards.ticks + gap
  shards.onTick = async tick => {
    if (tick !== until) return
    shards.failOver(side, lag)
    throw new Crash()
  }
  try {
    await run(shards, goal)
  } catch (error) {
    if (!isCrash(error) && !(error instanceof ShardError)) throw error
  } finally {
    shards.onTick = () => Promise.resolve()
  }
}

describe.each([2, 8])('a failover to a standby that is %d ticks behind', lag => {
  it.each(
    (['source', 'destination'] as const).flatMap(side =>
      (['finish', 'rollback'] as const).map(then => [side, then] as const),
    ),
  )('of the %s at each tick until %s takes nothing else with it, and leaves nothing', async (side, then) => {
    let ticks = Infinity
    for (let gap = 1; gap < ticks; gap++) {
      const shards = new FakeShards()
      await disturbed(shards, 'move', {side, lag, gap})
      if (shards.ticks < gap) await disturbed(shards, then, {side, lag, gap: gap - shards.ticks})
      if (shards.ticks < gap) ticks = gap
      await whateverHelps(shards)
      expect([gap, isGone(shards), ...shards.left()]).toEqual([gap, true])
      shards.check()
    }
  })
})

describe('failovers', () => {
  it('one after the other, of either side, take nothing else with them, and leave nothing', async () => {
    const disturbance = fc.record({
      side: fc.constantFrom('source' as const, 'destination' as const),
      lag: fc.integer({min: 0, max: 9}),
      gap: fc.integer({min: 1, max: 90}),
    })
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom(...goals), disturbance), {minLength: 1, maxLength: 4}),
        fc.integer({min: 1, max: 4}),
        async (story, replicatesEvery) => {
          const shards = new FakeShards()
          shards.replicatesEvery = replicatesEvery
          for (const [index, [goal, failover]] of story.entries()) {
            if (index > 0 && isGone(shards)) break
            await disturbed(shards, index === 0 ? 'move' : goal, failover)
          }
          await whateverHelps(shards)
          expect(isGone(shards)).toBe(true)
          nothingIsLeft(shards)
        },
      ),
      {numRuns: 400},
    )
  })
})

describe('a process that slept while another one took its move over', () => {
  it.each([
    ['move', 'abort'],
    ['move', 'move'],
    ['rollback', 'move'],
  ] as const)('at each tick of %s, wakes after %s and changes nothing', async (goal, other) => {
    for (let at = 1; ; at++) {
      const shards = new FakeShards()
      if (goal === 'rollback') await run(shards, 'move')
      const until = shards.ticks + at
      const asleep = Promise.withResolvers<undefined>()
      const wake = Promise.withResolvers<undefined>()
      shards.onTick = async tick => {
        if (tick !== until) return
        asleep.resolve(undefined)
        await wake.promise
      }
      const sleeper = run(shards, goal).then(
        () => 'ended',
        (error: unknown) => (error instanceof ShardError ? error.cause : error),
      )
      if ((await Promise.race([asleep.promise, sleeper])) === 'ended') return
      await ends(shards, [other, goalOf(await phaseOf(shards))])
      wake.resolve(undefined)
      await sleeper
      shards.check()
      if (!isGone(shards)) await ends(shards, [goalOf(await phaseOf(shards)), 'finish'])
      expect([at, isGone(shards), ...shards.left()]).toEqual([at, true])
    }
  })
})

describe('the replay itself', () => {
  it.each([
    ['rows are removed while the other side still hears of it', 'wipe-destination', 'unsubscribe-back'],
    ['the destination begins before the marker', 'activate', 'fence'],
  ] as const)('finds it when %s', async (_what, early, late) => {
    const shards = new FakeShards()
    await run(shards, 'move')
    const world = new FakeWorld(shards)
    await world.claim()
    const planted = async (): Promise<void> => {
      const place = await world.read('move')
      await world.perform(early, place)
      await world.perform(late, place)
      await shards.tick()
      await shards.tick()
    }
    await expect(planted()).rejects.toThrow()
  })
})
