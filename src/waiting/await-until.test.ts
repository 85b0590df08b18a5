import {describe, expect, it} from 'vitest'
import {FakeClock} from '../../test/fakes/fake-clock.ts'
import {HlError} from '../model/errors.ts'
import {awaitUntil, notYet, within} from './await-until.ts'
import {look} from '../experiment/conditions.ts'
import type {Probes} from '../experiment/conditions.ts'
import {UndoStack} from '../experiment/undo-stack.ts'

describe('awaitUntil', () => {
  it('resolves with the first look that holds', async () => {
    const clock = new FakeClock()
    const value = clock.run(
      awaitUntil(
        async () => (clock.nowMs() >= 1_000 ? {holds: true, value: 'there'} : {holds: false, seen: 'not there'}),
        {clock, withinMs: 5_000, what: 'it'},
      ),
    )
    expect([await value, clock.nowMs()]).toEqual(['there', 1_000])
  })

  it('says what was last seen when time is up, an error of the probe included', async () => {
    const clock = new FakeClock()
    const wait = {clock, withinMs: 3_000, what: 'a primary', tolerant: true}
    await expect(
      clock.run(awaitUntil(async () => ({holds: false, seen: `nobody at ${clock.nowMs()}`}), wait)),
    ).rejects.toThrow('waited 3.00 s for a primary; last seen: nobody at 2800')
    await expect(
      clock.run(awaitUntil(async () => Promise.reject(new Error('connection refused')), wait)),
    ).rejects.toMatchObject({code: 'TIMEOUT', message: 'waited 3.00 s for a primary; last seen: connection refused'})
  })

  it('has the code of what kept it from looking, when the last look could not be taken', async () => {
    const clock = new FakeClock()
    const wait = {clock, withinMs: 3_000, what: 'a primary', tolerant: true}
    const away = new HlError('DOCKER_UNREACHABLE', 'no engine', {next: ['start Docker']})
    await expect(clock.run(awaitUntil(async () => Promise.reject(away), wait))).rejects.toMatchObject({
      code: 'DOCKER_UNREACHABLE',
      message: 'waited 3.00 s for a primary; last seen: no engine',
      next: ['start Docker'],
    })
    const start = clock.nowMs()
    await expect(
      clock.run(
        awaitUntil(
          async () => (clock.nowMs() - start < 1_000 ? Promise.reject(away) : {holds: false, seen: 'nobody'}),
          wait,
        ),
      ),
    ).rejects.toMatchObject({code: 'TIMEOUT'})
  })

  it('does not wait for a probe that never answers', async () => {
    const clock = new FakeClock()
    const wait = {clock, withinMs: 3_000, what: 'an answer'}
    await expect(clock.run(awaitUntil(() => new Promise(() => undefined), wait))).rejects.toThrow(
      'waited 3.00 s for an answer; last seen: nothing',
    )
    expect(clock.nowMs()).toBe(3_000)
    await expect(
      clock.run(
        awaitUntil(
          () =>
            clock.nowMs() < 5_500 ? Promise.resolve({holds: false, seen: 'nobody'}) : new Promise(() => undefined),
          wait,
        ),
      ),
    ).rejects.toThrow('waited 3.00 s for an answer; last seen: nobody')
  })

  it('ends with what the probe threw, unless it is tolerant', async () => {
    const clock = new FakeClock()
    const wait = {clock, withinMs: 3_000, what: 'a primary'}
    await expect(clock.run(awaitUntil(async () => Promise.reject(new Error('no lab')), wait))).rejects.toThrow(
      /^no lab$/,
    )
    expect(clock.nowMs()).toBe(0)
  })

  it('has the code and the next step that the caller names', async () => {
    const clock = new FakeClock()
    const wait = {clock, withinMs: 3_000, what: 'it', code: 'LAB_UNHEALTHY', next: ['hl logs']} as const
    await expect(clock.run(awaitUntil(async () => notYet('nobody'), wait))).rejects.toMatchObject({
      code: 'LAB_UNHEALTHY',
      next: ['hl logs'],
    })
  })

  it('ends with the reason of the signal', async () => {
    const clock = new FakeClock()
    const stop = new AbortController()
    clock.after(500, () => stop.abort(new Error('SIGINT')))
    await expect(
      clock.run(
        awaitUntil(async () => ({holds: false, seen: ''}), {clock, withinMs: 3_000, what: 'it', signal: stop.signal}),
      ),
    ).rejects.toThrow('SIGINT')
    expect(clock.nowMs()).toBe(500)
  })
})

describe('within', () => {
  it('passes on what the work did, and leaves no timer behind', async () => {
    const clock = new FakeClock()
    await expect(
      clock.run(
        within(
          clock.wait(10).then(() => 'done'),
          {clock, withinMs: 1_000, what: 'it'},
        ),
      ),
    ).resolves.toBe('done')
    await expect(
      clock.run(within(Promise.reject(new Error('broken')), {clock, withinMs: 1_000, what: 'it'})),
    ).rejects.toThrow('broken')
    await expect(clock.run(new Promise(() => undefined))).rejects.toThrow('nothing is scheduled')
  })
})

describe('UndoStack', () => {
  const noting =
    (log: string[], id: string, fails = false) =>
    async () => {
      log.push(id)
      if (fails) throw new Error(`${id} is stuck`)
    }

  it('undoes last first, all of it, and returns what failed', async () => {
    const clock = new FakeClock()
    const stack = new UndoStack(clock)
    const log: string[] = []
    for (const id of ['a', 'b', 'c']) stack.push(id, noting(log, id, id === 'b'))
    stack.push('d', () => new Promise(() => undefined))
    expect(stack.pending).toEqual(['d', 'c', 'b', 'a'])
    const failures = await clock.run(stack.unwind(1_000))
    expect(log).toEqual(['c', 'b', 'a'])
    expect(failures).toEqual([
      {id: 'd', message: 'waited 1.00 s for d to be undone; last seen: no answer'},
      {id: 'b', message: 'b is stuck'},
    ])
    expect(stack.pending).toEqual([])
  })

  it('keeps what could not be undone for another try', async () => {
    const clock = new FakeClock()
    const stack = new UndoStack(clock)
    const log: string[] = []
    stack.push('a', noting(log, 'a', true))
    await expect(clock.run(stack.undo('a', 1_000))).rejects.toThrow('a is stuck')
    expect(stack.pending).toEqual(['a'])
    expect(await clock.run(stack.unwind(1_000))).toHaveLength(1)
    expect(log).toEqual(['a', 'a'])
  })
})

describe('the condition writable', () => {
  const at = (nowMs: number, sinceMs: number | null, nodes: readonly string[] = []): Probes => ({
    cluster: {state: () => Promise.reject(new Error('not asked'))},
    load: {writableSinceMs: () => sinceMs, writableNodes: () => nodes},
    clock: {nowMs: () => nowMs},
    deadlineMs: 2_000,
    health: () => [],
  })

  it.each<[string, number, number | null, number | null, boolean]>([
    ['no write went well', 50_000, null, 10_000, false],
    ['they went well for less than a second', 50_000, 49_500, 10_000, false],
    ['they went well for a second after the fault', 50_000, 49_000, 10_000, true],
    ['they went well since before the fault, which is new', 11_000, 1_000, 10_000, false],
    ['they went well since before the fault, and what hung then would have failed by now', 13_000, 1_000, 10_000, true],
    ['there was no fault', 11_000, 1_000, null, true],
  ])('when %s', async (_, nowMs, sinceMs, verifiedMs, holds) => {
    expect((await look('writable', at(nowMs, sinceMs), {ownerBefore: 'pg1', verifiedMs})).holds).toBe(holds)
  })

  it('dual-writable takes two', async () => {
    const none = {ownerBefore: null, verifiedMs: null}
    expect(await look('dual-writable', at(0, null, ['pg1']), none)).toEqual({
      holds: false,
      seen: 'only pg1 accepts writes',
    })
    expect(await look('dual-writable', at(0, null, ['pg1', 'pg2']), none)).toEqual({
      holds: true,
      value: 'pg1 and pg2 accept writes',
    })
  })
})
