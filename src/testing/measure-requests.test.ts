// Measurements on the fake cluster, of a service that is good and of services with a bug, which must be seen.
import {describe, expect, it} from 'vitest'
import {fakeService} from '../../test/fakes/fake-service.ts'
import {HlError} from '../model/errors.ts'

const sum = (parts: readonly {readonly ms: number}[]): number => parts.reduce((total, {ms}) => total + ms, 0)

describe('a failover under a service', () => {
  it('that waits and loses nothing: no request fails, the time is told, every form says so', async () => {
    const {measure, failover, desk} = fakeService('waits')
    const report = await measure(failover, {name: 'orders'})
    expect(report.checks.filter(({verdict}) => verdict !== 'pass')).toEqual([])
    expect([report.verdict, report.requests.failed, report.requests.unknown]).toEqual(['pass', 0, 0])
    expect(report.writes).toMatchObject({lost: 0, duplicated: 0, lostIds: [], why: null})
    expect(report.writes.acknowledged).toBe(report.requests.total)
    expect(report.rto.ms).toBeGreaterThan(5_000)
    expect(report.rto.ms).toBeLessThan(40_000)
    expect(sum(report.rto.parts)).toBe(report.rto.ms)
    expect(report.rto.parts.map(({name}) => name)).toEqual(expect.arrayContaining(['detect', 'reroute']))
    expect(report.requests.latencyMs.max).toBeGreaterThan(5_000)
    expect(desk.isClear).toBe(true)
    for (const text of [report.toMarkdown(), report.toHtml(), report.toJunit()]) expect(text).toContain('orders')
    expect(report.toJunit()).toContain('failures="0" errors="0"')
    expect(report.toMarkdown()).not.toContain('hl failover')
  })

  it('that does not try again is seen to fail', async () => {
    const {measure, failover} = fakeService('gives-up')
    const {requests, rto, writes} = await measure(failover)
    expect(requests.failed).toBeGreaterThan(50)
    expect(requests).toMatchObject({unknown: requests.failed, ok: requests.total - requests.failed})
    expect(requests.firstError).toBe('connect ECONNREFUSED (ECONNREFUSED)')
    expect([writes.lost, rto.ms !== null && rto.ms > 5_000]).toEqual([0, true])
  })

  it('that says yes to what was not written is seen to lose it', async () => {
    const {measure, failover, rows} = fakeService('promises')
    const {writes, verdict, requests} = await measure(failover)
    expect([requests.failed, verdict]).toEqual([0, 'fail'])
    expect(writes.lost).toBe(writes.acknowledged - rows.length)
    expect(writes.lost).toBeGreaterThan(50)
    expect(rows).not.toContain(writes.lostIds[0])
  })

  it('that sends again what was applied is seen to double it', async () => {
    const {measure, failover} = fakeService('doubles')
    const {writes, verdict, checks} = await measure(failover)
    expect([writes.lost, verdict]).toEqual([0, 'fail'])
    expect(writes.duplicated).toBeGreaterThan(0)
    expect(checks.find(({name}) => name === 'duplicated-writes')?.verdict).toBe('fail')
  })

  it('that never comes back has no RTO, and is a fail', async () => {
    const {measure, desk} = fakeService('gives-up')
    const never = async (): Promise<void> => {
      await desk.inject({kind: 'kill-container', target: {select: 'members'}})
    }
    const {rto, verdict} = await measure(never, {within: '20s'})
    expect(rto).toMatchObject({ms: null, why: 'never recovered'})
    expect([verdict, desk.isClear]).toEqual(['fail', true])
  })
})

describe('what nobody looked at', () => {
  it('is unknown and not 0, in every form', async () => {
    const {measureUnverified, failover} = fakeService('waits')
    const report = await measureUnverified(failover)
    expect(report.writes).toMatchObject({lost: 'unknown', duplicated: 'unknown'})
    expect(report.toJunit()).toContain('name="lostWrites" value="unknown"')
    expect(report.toMarkdown()).toContain('not measured')
    expect(report.checks.map(({name}) => name)).not.toContain('lost-writes')
  })

  it.each([
    ['throws', () => Promise.reject(new Error('no such table')), 'verify failed: no such table'],
    ['gives a text', () => 'run-1' as unknown as readonly string[], 'verify gave no list of ids'],
    ['tells other ids than were asked for', () => ['a', 'b'], 'are these the same ids?'],
  ])('because verify %s is unknown, and says why', async (_what, verify, why) => {
    const {measure} = fakeService('waits')
    const {writes, verdict} = await measure(() => undefined, {verify})
    expect(writes).toMatchObject({lost: 'unknown', why: expect.stringContaining(why)})
    expect(verdict).toBe('unknown')
  })

  it('an RTO where nothing was broken is none', async () => {
    const {measure} = fakeService('waits')
    const {rto} = await measure(() => undefined)
    expect(rto).toMatchObject({ms: null, why: 'nothing was broken, and nothing stopped'})
  })
})

describe('a test that goes wrong', () => {
  it('in the middle of a fault: the fault is healed, and its error is the one that is thrown', async () => {
    const {measure, desk, cluster, engine} = fakeService('waits')
    const error = new Error('the assertion of a test')
    const action = async (): Promise<void> => {
      await desk.inject({kind: 'kill-container', target: {select: 'primary'}})
      throw error
    }
    await expect(measure(action)).rejects.toBe(error)
    expect([cluster.calls, desk.isClear, engine.locks()]).toEqual([['kill pg1', 'start pg1'], true, []])
  })

  it('and whose fault cannot be healed says both', async () => {
    const {measure, desk, cluster} = fakeService('waits')
    const error = new Error('the assertion of a test')
    cluster.broken.add('start pg1')
    const action = async (): Promise<void> => {
      await desk.inject({kind: 'kill-container', target: {select: 'primary'}})
      throw error
    }
    await expect(measure(action)).rejects.toMatchObject({code: 'HEAL_FAILED', cause: error})
    expect(desk.isClear).toBe(false)
  })

  it.each([
    [
      'throws before its first await',
      () => {
        throw new TypeError('body is not defined')
      },
    ],
    ['rejects', async () => Promise.reject(new TypeError('body is not defined'))],
  ])('with a request that %s is told, and breaks nothing', async (_what, request) => {
    const {measure, failover, cluster} = fakeService('waits')
    const told = measure(failover, {request})
    await expect(told).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('body is not defined'),
      cause: expect.any(TypeError),
    })
    expect(cluster.calls).toEqual([])
  })

  it('with a service that never answers is TIMEOUT, and breaks nothing', async () => {
    const {measure, failover, cluster} = fakeService('waits')
    const hangs = async ({signal}: {readonly signal: AbortSignal}): Promise<void> =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))))
    await expect(measure(failover, {request: hangs, timeout: '60s'})).rejects.toMatchObject({code: 'TIMEOUT'})
    expect(cluster.calls).toEqual([])
  })

  it('that is stopped meanwhile ends at once', async () => {
    const {measure, stopping} = fakeService('waits')
    const reason = new HlError('LAB_MISSING', 'stopped', {next: ['start another one']})
    const action = async (): Promise<void> => {
      stopping.abort(reason)
      return new Promise(() => undefined)
    }
    await expect(measure(action)).rejects.toBe(reason)
  })

  it.each([{rate: 0}, {rate: Number.NaN}, {timeout: '0s'}, {within: 'soon'}])('with %j is refused', async options => {
    const {measure, cluster} = fakeService('waits')
    await expect(measure(() => undefined, options)).rejects.toMatchObject({code: 'CONFIG_INVALID'})
    expect(cluster.calls).toEqual([])
  })
})
