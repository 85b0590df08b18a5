import {describe, expect, it} from 'vitest'
import {
  crashEvents,
  crashHistory,
  crashRun,
  crashScenario,
  finalOf,
  history,
  quietRun,
  recordOf,
} from '../../test/build-history.ts'
import {brownOutMs, longestStallMs, refusedShare, unavailableShare} from './availability.ts'
import {factsOf} from './facts.ts'
import type {Sequence} from './sequence.ts'
import type {ClientWrite} from './sort-ops.ts'
import {roleSpans} from './roles.ts'
import {measureRto} from './rto.ts'
import {timelineOf} from './timeline.ts'

const writes = (build: (built: ReturnType<typeof history>) => unknown): Sequence<ClientWrite> => {
  const built = history()
  build(built)
  return factsOf(recordOf(null), [], built.ops).writes
}

describe('the refused share', () => {
  it('counts buckets of which nothing that was due was acknowledged, and no slow answer', () => {
    const few = writes(built =>
      built
        .appends({fromMs: 0, toMs: 1_000, everyMs: 200, tookMs: 500})
        .appends({fromMs: 1_000, toMs: 2_000, everyMs: 200, outcome: 'failed'}),
    )
    expect([refusedShare(few, 0), refusedShare(few, 1_000), unavailableShare(few, 0) > 0.5]).toEqual([0.5, 1, true])
  })
  it('of nothing is 0', () => expect(refusedShare([], 0)).toBe(0))
})

describe('the unavailable share', () => {
  it('is 0 while all is well', () =>
    expect(
      unavailableShare(
        writes(built => built.appends({fromMs: 0, toMs: 2_000})),
        0,
      ),
    ).toBe(0))
  it('counts buckets of 100 ms without an ok write', () =>
    expect(
      unavailableShare(
        writes(built => built.appends({fromMs: 0, toMs: 500}).appends({fromMs: 500, toMs: 2_000, outcome: 'failed'})),
        0,
      ),
    ).toBe(0.75))
  it('leaves out buckets in which nothing was due', () =>
    expect(
      unavailableShare(
        writes(built => built.appends({fromMs: 0, toMs: 2_000, everyMs: 1_000})),
        0,
      ),
    ).toBe(0))
  it('of nothing is 0', () => expect(unavailableShare([], 0)).toBe(0))
})

describe('the longest stall', () => {
  const stalling = writes(built =>
    built.appends({fromMs: 0, toMs: 1_000}).appends({fromMs: 1_500, toMs: 3_000}).appends({fromMs: 3_100, toMs: 4_000}),
  )
  it('is the longest gap', () => expect(longestStallMs(stalling, null)).toBe(510))
  it('is that after the disturbance', () => expect(longestStallMs(stalling, 2_000)).toBe(110))
  it('counts a gap that the disturbance fell into', () => expect(longestStallMs(stalling, 1_200)).toBe(510))
  it('reaches to the end of the load', () =>
    expect(
      longestStallMs(
        writes(built =>
          built.appends({fromMs: 0, toMs: 1_000}).appends({fromMs: 2_990, toMs: 3_000, outcome: 'failed'}),
        ),
        null,
      ),
    ).toBe(2_000))
})

describe('the brown-out', () => {
  const slow = (slowMs: number): Sequence<ClientWrite> =>
    writes(built =>
      built
        .appends({fromMs: 0, toMs: 2_000})
        .appends({fromMs: 5_000, toMs: 6_995, tookMs: slowMs})
        .appends({fromMs: 7_000, toMs: 9_000}),
    )
  it('is over at once when the first second is fast', () => expect(brownOutMs(slow(2), 2_000, 5_002)).toBe(0))
  it('lasts until a second has twice the p99 of the baseline at most', () =>
    expect(brownOutMs(slow(5), 2_000, 5_005)).toBe(2_000))
  it('that never ends is null', () =>
    expect(
      brownOutMs(
        writes(built => built.appends({fromMs: 0, toMs: 2_000}).appends({fromMs: 5_000, toMs: 9_000, tookMs: 20})),
        2_000,
        5_020,
      ),
    ).toBeNull())
  it('without a baseline is null', () => expect(brownOutMs(slow(2), -1, 5_002)).toBeNull())
})

describe('RTO', () => {
  it('is 0 for a fault that stopped nothing, and redundancy is still timed', () => {
    const {record, ops} = quietRun(built => built.appends({fromMs: 10_000, toMs: 32_000}), {}, crashScenario)
    expect(measureRto(factsOf(record, crashEvents, ops))).toMatchObject({
      ms: 0,
      recovered: true,
      parts: [],
      timeToRedundancyMs: 24_900,
      timeToFirstErrorMs: null,
      unavailableShare: 0,
    })
  })

  it('redundancy seen a moment before the first ok write is as late as that write; before the heal it is none', () => {
    const {record, ops} = crashRun()
    const healthyAt = (atMs: number) =>
      crashEvents
        .map(event =>
          event.kind === 'heal.verified'
            ? {...event, atMs: 22_400}
            : event.kind === 'cluster.healthy'
              ? {...event, atMs}
              : event,
        )
        .toSorted((a, b) => a.atMs - b.atMs)
    expect([22_450, 22_300].map(atMs => measureRto(factsOf(record, healthyAt(atMs), ops))?.timeToRedundancyMs)).toEqual(
      [17_402, null],
    )
  })

  it('is the longest of several outages, and all are listed', () => {
    const {ops} = crashHistory()
      .appends({fromMs: 32_000, toMs: 33_000, outcome: 'failed'})
      .appends({fromMs: 33_000, toMs: 36_000, node: 'pg2', timeline: 2})
    const rto = measureRto(factsOf(recordOf(finalOf(ops), crashScenario), crashEvents, ops))
    expect([rto?.ms, rto?.outages.map(({fromMs, toMs}) => (toMs ?? 0) - fromMs)]).toEqual([17_510, [17_510, 1_010]])
  })

  it('does not take an error of the baseline for the outage', () => {
    const {ops} = history()
      .appends({fromMs: 0, toMs: 2_000})
      .appends({fromMs: 2_000, toMs: 4_000, outcome: 'failed'})
      .appends({fromMs: 4_000, toMs: 6_000})
      .appends({fromMs: 6_000, toMs: 6_500, outcome: 'failed'})
      .appends({fromMs: 6_500, toMs: 9_000})
    expect(measureRto(factsOf(recordOf(finalOf(ops), crashScenario), crashEvents, ops))?.ms).toBe(510)
  })

  it('does not take a conflict of the load with itself for an outage', () => {
    const {record, events, ops} = quietRun(built =>
      built.transfers({fromMs: 500, toMs: 600, outcome: 'failed', code: '40P01'}),
    )
    expect(measureRto(factsOf(record, events, ops))).toBeNull()
  })

  it('times reads by the same rule', () => {
    const built = crashHistory()
    for (let atMs = 0; atMs < 32_000; atMs += 20) built.read('read-standby', atMs, 0)
    for (let atMs = 0; atMs < 32_000; atMs += 20)
      built.read('read-primary', atMs, atMs < 5_000 || atMs >= 22_000 ? 0 : null)
    expect(measureRto(factsOf(recordOf(finalOf(built.ops), crashScenario), crashEvents, built.ops))).toMatchObject({
      readsStandbyMs: 0,
      readsPrimaryMs: 17_020,
    })
  })
})

describe('for the charts', () => {
  it('there is a point per second, empty ones too', () => {
    const built = history()
      .appends({fromMs: 0, toMs: 1_000})
      .appends({fromMs: 2_000, toMs: 2_100, outcome: 'failed'})
      .read('read-standby', 2_500, 3)
    expect(timelineOf(factsOf(recordOf(null), [], built.ops))).toEqual([
      {atMs: 0, writesOk: 100, writesBad: 0, readsOk: 0, p99Ms: 2},
      {atMs: 1_000, writesOk: 0, writesBad: 0, readsOk: 0, p99Ms: null},
      {atMs: 2_000, writesOk: 0, writesBad: 10, readsOk: 1, p99Ms: null},
    ])
  })

  it('end after two days, whatever an operation says of its end', () => {
    const {ops} = history().appends({fromMs: 0, toMs: 1_000}).appends({fromMs: 1_000, toMs: 1_001, tookMs: 1e12})
    expect(timelineOf(factsOf(recordOf(null), [], ops))).toHaveLength(172_801)
  })

  it('roles are spans without overlap', () => {
    expect(roleSpans(crashEvents, 32_000)).toEqual([
      {node: 'pg2', role: 'standby', fromMs: 0, toMs: 21_500},
      {node: 'pg2', role: 'primary', fromMs: 21_500, toMs: 32_000},
    ])
  })
})
