import {describe, expect, it} from 'vitest'
import {FakeClock} from '../../test/fakes/fake-clock.ts'
import type {Target} from '../model/scenario.ts'
import type {Fault} from './fault.ts'
import {healFault, injectFault} from './inject-fault.ts'
import {requireTargets, targetObstacle} from './target-needs.ts'

/** A fault whose effect shows `afterMs` after its command; null: never. */
function faultOf(clock: FakeClock, over: Partial<Fault> & {readonly afterMs?: number | null} = {}) {
  const calls: string[] = []
  let sinceMs = Infinity
  const afterMs = over.afterMs === undefined ? 0 : over.afterMs
  const act = (name: string) => async (): Promise<void> => {
    calls.push(name)
    await clock.wait(100)
    sinceMs = clock.nowMs()
  }
  const seen = async (): Promise<string | null> =>
    afterMs !== null && clock.nowMs() >= sinceMs + afterMs ? 'it is gone' : null
  const fault: Fault = {
    describe: 'kill pg1',
    unavailable: async () => null,
    inject: act('inject'),
    injected: seen,
    heal: act('heal'),
    healed: seen,
    ...over,
  }
  return {fault, calls}
}

describe('a fault', () => {
  it('is done when its effect was seen, and says when that was looked for', async () => {
    const clock = new FakeClock()
    const {fault} = faultOf(clock, {afterMs: 300})
    const told: string[] = []
    const effect = await clock.run(
      injectFault(fault, {
        clock,
        withinMs: 30_000,
        onCommanded: atMs => told.push(`commanded ${atMs}`),
        onVerified: ({atMs}) => told.push(`verified ${atMs}`),
      }),
    )
    expect(effect).toEqual({evidence: 'it is gone', sinceMs: 400, atMs: 400})
    expect(told).toEqual(['commanded 0', 'verified 400'])
  })

  it('that cannot be done touches nothing and tells nobody', async () => {
    const clock = new FakeClock()
    const {fault, calls} = faultOf(clock, {unavailable: async () => 'the container is stopped'})
    const told: number[] = []
    const options = {clock, withinMs: 30_000, onCommanded: (atMs: number) => told.push(atMs)}
    await expect(clock.run(injectFault(fault, options))).rejects.toMatchObject({
      code: 'FAULT_UNAVAILABLE',
      message: 'kill pg1 cannot be done here: the container is stopped',
    })
    expect([calls, told]).toEqual([[], []])
  })

  it('without an effect is an error at the deadline, and is not called verified', async () => {
    const clock = new FakeClock()
    const {fault} = faultOf(clock, {afterMs: null})
    const told: string[] = []
    const options = {clock, withinMs: 5_000, onVerified: () => told.push('verified')}
    await expect(clock.run(injectFault(fault, options))).rejects.toMatchObject({
      code: 'TIMEOUT',
      message: expect.stringContaining('the effect of: kill pg1; last seen: no sign of it') as string,
    })
    expect([clock.nowMs(), told]).toEqual([5_000, []])
  })

  it.each(['unavailable', 'inject', 'injected'] as const)('whose %s hangs ends at the deadline', async part => {
    const clock = new FakeClock()
    const {fault} = faultOf(clock, {[part]: async () => new Promise(() => undefined)})
    await expect(clock.run(injectFault(fault, {clock, withinMs: 5_000}))).rejects.toMatchObject({code: 'TIMEOUT'})
    expect(clock.nowMs()).toBe(5_000)
  })

  it('is not begun after an interruption, and its command is not cut short by one', async () => {
    const clock = new FakeClock()
    const {fault, calls} = faultOf(clock)
    const reason = new Error('SIGINT')
    await expect(
      clock.run(injectFault(fault, {clock, withinMs: 5_000, signal: AbortSignal.abort(reason)})),
    ).rejects.toBe(reason)
    expect(calls).toEqual([])
    const controller = new AbortController()
    clock.after(50, () => controller.abort(reason))
    await expect(clock.run(injectFault(fault, {clock, withinMs: 5_000, signal: controller.signal}))).rejects.toBe(
      reason,
    )
    expect([calls, clock.nowMs()]).toEqual([['inject'], 100])
  })

  it('is healed when that was seen', async () => {
    const clock = new FakeClock()
    const {fault, calls} = faultOf(clock, {afterMs: 200})
    expect((await clock.run(healFault(fault, {clock, withinMs: 30_000}))).atMs).toBe(300)
    expect(calls).toEqual(['heal'])
  })
  it('whose heal shows nothing is an error', async () => {
    const clock = new FakeClock()
    const {fault} = faultOf(clock, {afterMs: null})
    await expect(clock.run(healFault(fault, {clock, withinMs: 3_000}))).rejects.toMatchObject({code: 'TIMEOUT'})
  })
})

describe('a target', () => {
  const parts = (members: number, dcs: number) => ({
    members: Array.from({length: members}, (_, index) => `pg${index + 1}`),
    dcsMembers: Array.from({length: dcs}, (_, index) => `etcd${index + 1}`),
  })
  it.each<readonly [Target['select'], number, number, boolean]>([
    ['primary', 1, 1, true],
    ['members', 1, 1, true],
    ['dcs-all', 3, 1, true],
    ['dcs-majority', 3, 1, false],
    ['dcs-leader', 3, 1, false],
    ['dcs-majority', 3, 3, true],
    ['dcs-leader', 1, 3, true],
    ['standby', 1, 3, false],
    ['standbys', 1, 3, false],
    ['sync-standby', 1, 1, false],
    ['sync-standby', 2, 1, true],
  ])('%s of %i nodes and %i etcd members: %s', (select, members, dcs, fits) => {
    const target = select === 'named' ? {select, name: 'pg1'} : {select}
    expect(targetObstacle(target, parts(members, dcs)) === null).toBe(fits)
  })
  it('that means nothing is refused', () =>
    expect(() => requireTargets([{select: 'primary'}, {select: 'dcs-majority'}], parts(3, 1))).toThrow(
      expect.objectContaining({code: 'FAULT_UNAVAILABLE'}) as Error,
    ))
})
