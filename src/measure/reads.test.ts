import {describe, expect, it} from 'vitest'
import {finalOf, history, recordOf} from '../../test/build-history.ts'
import {factsOf} from './facts.ts'
import {readCounter} from './reads.ts'

/** Session 1 appends version 1 at 0 ms, 2 at 100 … 10 at 900, each acknowledged 2 ms later. */
const counts = (read: (built: ReturnType<typeof history>) => unknown, lostIds: readonly number[] = []) => {
  const built = history().appends({fromMs: 0, toMs: 1_000, everyMs: 100})
  read(built)
  const all = finalOf(built.ops)
  const kept = finalOf(built.ops, {ledgerIds: all.ledgerIds.filter(id => !lostIds.includes(id))})
  const facts = factsOf(recordOf(kept), [], built.ops)
  return readCounter(facts)(facts.readsPrimary)
}
const clean = {stale: 0, staleMsMax: 0, staleVersionsMax: 0, nonMonotonic: 0, readYourWrites: 0}

describe('reads', () => {
  it('that see all that was acknowledged are fresh', () =>
    expect(counts(built => built.read('read-primary', 150, 2).read('read-primary', 950, 10))).toEqual({
      attempted: 2,
      ok: 2,
      ...clean,
    }))
  it('that see more than was acknowledged are fresh', () =>
    expect(counts(built => built.read('read-primary', 150, 3))).toMatchObject(clean))
  it('that began before the acknowledgement owe nothing', () =>
    expect(counts(built => built.read('read-primary', 101, 1))).toMatchObject(clean))
  it('that failed are not judged', () =>
    expect(counts(built => built.read('read-primary', 950, null))).toEqual({attempted: 1, ok: 0, ...clean}))
  it('that miss an acknowledged version are stale, in ms and in versions', () =>
    expect(counts(built => built.read('read-primary', 350, 2))).toMatchObject({
      stale: 1,
      staleMsMax: 148,
      staleVersionsMax: 2,
      readYourWrites: 0,
    }))
  it("that miss the reader's own version break read-your-writes", () =>
    expect(counts(built => built.read('read-primary', 350, 2, {reader: 1, of: 1}))).toMatchObject({
      stale: 1,
      readYourWrites: 1,
    }))
  it('that do not see a lost write are not stale', () =>
    expect(counts(built => built.read('read-primary', 150, 1), [2])).toMatchObject(clean))

  it('that go back are non-monotonic', () =>
    expect(counts(built => built.read('read-primary', 10, 5).read('read-primary', 20, 4)).nonMonotonic).toBe(1))
  it('of different readers may differ', () =>
    expect(
      counts(built => built.read('read-primary', 10, 5, {reader: 2}).read('read-primary', 20, 4, {reader: 3}))
        .nonMonotonic,
    ).toBe(0))
  it('that overlap may differ', () =>
    expect(
      counts(built => built.read('read-primary', 10, 5, {tookMs: 20}).read('read-primary', 20, 4)).nonMonotonic,
    ).toBe(0))
  it('that saw a write which was lost later may go back: that is the loss', () =>
    expect(counts(built => built.read('read-primary', 10, 5).read('read-primary', 20, 4), [5]).nonMonotonic).toBe(0))
  it('are measured per kind', () =>
    expect(counts(built => built.read('read-standby', 950, 1))).toEqual({attempted: 0, ok: 0, ...clean}))
})
