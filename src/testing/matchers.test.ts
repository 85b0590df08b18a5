import {describe, expect, it} from 'vitest'
import type {MeasuredReport} from './measured-report.ts'
import {matchers} from './matchers.ts'

const parts = [
  {name: 'detect', ms: 18_000},
  {name: 'reroute', ms: 2_000},
]

function reportOf(figures: {
  readonly lost?: number | 'unknown'
  readonly duplicated?: number | 'unknown'
  readonly ms?: number | null
  readonly recovered?: boolean
  readonly bounds?: {readonly leastMs: number; readonly mostMs: number | null} | null
}): MeasuredReport {
  const {lost = 0, duplicated = 0, ms = 20_000, recovered = true, bounds = null} = figures
  const config = {settings: {ttlS: 20, loopWaitS: 5}}
  const rto = {ms, recovered, parts, outages: [], resolutionMs: 100}
  return {
    requests: {failed: 3, firstError: 'ECONNREFUSED'},
    writes: {acknowledged: 100, lost, duplicated, lostIds: ['a', 'b'], why: 'nobody looked'},
    rto: {ms, why: ms === null ? 'never recovered' : null, bounds, parts, outages: []},
    report: {command: 'failover', through: 'service', rto, events: [], config},
  } as unknown as MeasuredReport
}
const {toHaveLostNothing, toRecoverWithin} = matchers

describe('toHaveLostNothing', () => {
  it('passes when all is there, once', () =>
    expect(toHaveLostNothing.call({}, reportOf({}))).toMatchObject({pass: true}))

  it.each([
    [{lost: 2}, '2 of 100 acknowledged writes are gone: a, b'],
    [{duplicated: 4}, '4 writes are there more than once'],
    [{lost: 1, duplicated: 1}, 'are gone: a, b; 1 writes are there more than once'],
  ] as const)('fails with %j, and says what', (figures, text) => {
    const {pass, message} = toHaveLostNothing.call({}, reportOf(figures))
    expect([pass, message()]).toEqual([false, expect.stringContaining(text)])
  })

  it.each([{isNot: false}, {isNot: true}])('never passes what is not known, with %j', context => {
    const {pass, message} = toHaveLostNothing.call(context, reportOf({lost: 'unknown'}))
    expect([pass !== context.isNot, message()]).toEqual([false, expect.stringContaining('nobody looked')])
  })
})

describe('toRecoverWithin', () => {
  it.each([
    ['30s', true],
    [20_000, true],
    ['19s', false],
  ] as const)('%s of 20 s: %s, and the message says where the time went', (limit, expected) => {
    const {pass, message} = toRecoverWithin.call({}, reportOf({}), limit)
    expect(pass).toBe(expected)
    expect(message()).toMatch(/after 20\.00 s[^]*detect +18\.00 s[^]*reroute +2\.00 s[^]*first failure: ECONNREFUSED/)
  })

  it.each([
    [{ms: null, recovered: false}, {}, false],
    [{ms: null, recovered: true, bounds: {leastMs: 5_000, mostMs: null}}, {}, false],
    // Nobody knows, so the contrary does not hold either.
    [{ms: null, recovered: true, bounds: {leastMs: 5_000, mostMs: null}}, {isNot: true}, true],
    // It was seen to be longer.
    [{ms: null, recovered: true, bounds: {leastMs: 50_000, mostMs: null}}, {isNot: true}, false],
  ] as const)('%j with %j', (figures, context, pass) =>
    expect(toRecoverWithin.call(context, reportOf(figures), '30s')).toMatchObject({pass}),
  )

  it('of what is no duration or no report is refused', () => {
    expect(() => toRecoverWithin.call({}, reportOf({}), 'soon')).toThrow('no duration')
    expect(() => toRecoverWithin.call({}, {rows: []}, '30s')).toThrow('the report that measure() gave')
  })

  it('says where all that was seen is kept', () => {
    const report = Object.assign(reportOf({lost: 1}), {folder: '/kept'})
    expect(toHaveLostNothing.call({}, report).message()).toContain('\n  kept: /kept')
    expect(toRecoverWithin.call({}, report, '1s').message()).toContain('\n  kept: /kept')
  })

  it('works in expect', () => {
    expect.extend(matchers)
    const wish = expect(reportOf({ms: 40_000})) as unknown as Record<'toRecoverWithin', (limit: string) => void>
    expect(() => wish.toRecoverWithin('30s')).toThrow('and not within 30.00 s')
  })
})
