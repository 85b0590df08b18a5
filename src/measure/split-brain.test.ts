import {describe, expect, it} from 'vitest'
import {history} from '../../test/build-history.ts'
import type {PinnedWriteOp} from '../model/history.ts'
import type {RoleSpan} from '../model/report.ts'
import {measureSplitBrain} from './split-brain.ts'

const pinned = (build: (built: ReturnType<typeof history>) => unknown): readonly PinnedWriteOp[] => {
  const built = history()
  build(built)
  return built.ops.filter(op => op.kind === 'pinned-write').toSorted((a, b) => a.completedMs - b.completedMs)
}
const primary = (node: string, fromMs: number, toMs: number): RoleSpan => ({node, role: 'primary', fromMs, toMs})
const nothing = {reportedMs: 0, writableMs: 0, acknowledgedMs: 0, pairs: []}

describe('split brain', () => {
  it('is not a failover and a failback', () => {
    const ops = pinned(built =>
      built
        .pinned('pg1', {fromMs: 0, toMs: 1_000, timeline: 1})
        .pinned('pg2', {fromMs: 2_000, toMs: 3_000, timeline: 2})
        .pinned('pg1', {fromMs: 4_000, toMs: 5_000, timeline: 3}),
    )
    expect(
      measureSplitBrain(ops, [primary('pg1', 0, 1_500), primary('pg2', 1_500, 3_500), primary('pg1', 3_500, 5_000)]),
    ).toEqual(nothing)
  })

  it('is not a standby that refuses', () => {
    const ops = pinned(built =>
      built
        .pinned('pg1', {fromMs: 0, toMs: 1_000})
        .pinned('pg2', {fromMs: 0, toMs: 1_000, outcome: 'failed', timeline: null}),
    )
    expect(measureSplitBrain(ops, [])).toEqual(nothing)
  })

  it('is an old primary that acknowledges after the new one did', () => {
    const ops = pinned(built =>
      built
        .pinned('pg1', {fromMs: 0, toMs: 3_000, timeline: 1})
        .pinned('pg2', {fromMs: 2_050, toMs: 4_000, timeline: 2}),
    )
    expect(measureSplitBrain(ops, [])).toEqual({
      reportedMs: 0,
      writableMs: 852,
      acknowledgedMs: 852,
      pairs: [{a: 'pg1', b: 'pg2', acknowledged: 18}],
    })
  })

  it('is one single write on the wrong side', () => {
    const ops = pinned(built =>
      built
        .pinned('pg1', {fromMs: 0, toMs: 3_000, timeline: 1})
        .pinned('pg2', {fromMs: 2_050, toMs: 2_051, timeline: 2}),
    )
    expect(measureSplitBrain(ops, [])).toMatchObject({
      acknowledgedMs: 2,
      pairs: [{a: 'pg1', b: 'pg2', acknowledged: 1}],
    })
  })

  it('is over when the intruder is gone, although the old primary stays', () => {
    const ops = pinned(built =>
      built
        .pinned('pg1', {fromMs: 0, toMs: 9_000, timeline: 1})
        .pinned('pg2', {fromMs: 2_050, toMs: 3_050, timeline: 2}),
    )
    expect(measureSplitBrain(ops, [])).toMatchObject({
      acknowledgedMs: 902,
      pairs: [{a: 'pg1', b: 'pg2', acknowledged: 19}],
    })
  })

  it('is two nodes by turns on the same timeline', () => {
    const ops = pinned(built =>
      built.pinned('pg2', {fromMs: 0, toMs: 1_000, timeline: 2}).pinned('pg3', {fromMs: 50, toMs: 1_000, timeline: 2}),
    )
    expect(measureSplitBrain(ops, []).acknowledgedMs).toBeGreaterThan(0)
    expect(measureSplitBrain(ops, []).pairs).toHaveLength(1)
  })

  it('is writable only, when the old primary lets writes hang in the wait for a standby', () => {
    const ops = pinned(built =>
      built
        .pinned('pg1', {fromMs: 0, toMs: 2_000, timeline: 1})
        .pinned('pg1', {fromMs: 2_000, toMs: 4_000, everyMs: 1_000, tookMs: 900, outcome: 'unknown', timeline: null})
        .pinned('pg2', {fromMs: 2_050, toMs: 4_000, timeline: 2}),
    )
    expect(measureSplitBrain(ops, [primary('pg1', 0, 5_000), primary('pg2', 2_050, 5_000)])).toEqual({
      reportedMs: 2_950,
      writableMs: 1_850,
      acknowledgedMs: 0,
      pairs: [],
    })
    expect(measureSplitBrain(ops, [primary('pg1', 0, 2_000)]).writableMs).toBe(0)
  })
})
