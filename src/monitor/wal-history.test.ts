import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {missingForMs, withPoint, type WalHistory, type WalPoint} from './wal-history.ts'

const point = (atS: number, lsn: bigint, activity: string, timeline = 1): WalPoint => ({
  atMs: atS * 1_000,
  timeline,
  lsn,
  activity,
})
const historyOf = (...points: readonly WalPoint[]): WalHistory => points.reduce<WalHistory>(withPoint, [])

describe('for how long a transaction has been missing', () => {
  it.each<readonly [string, WalHistory, bigint, number, number | null]>([
    ['nothing is known yet', [], 5n, 60, null],
    ['who has all misses nothing', historyOf(point(0, 10n, 'a'), point(15, 20n, 'b')), 20n, 15_000, 0],
    ['on an idle primary', historyOf(point(0, 10n, 'a'), point(600, 10n, 'a')), 10n, 600_000, 0],
    // M5: a checkpoint moves the position of an idle primary, and is no transaction.
    ['where only a checkpoint came', historyOf(point(0, 10n, 'a'), point(600, 12n, 'a')), 10n, 600_000, 0],
    [
      'since the scrape that first saw one',
      historyOf(point(0, 10n, 'a'), point(15, 20n, 'b'), point(30, 30n, 'c'), point(45, 30n, 'c')),
      10n,
      45_000,
      30_000,
    ],
    [
      'of a cut standby, though the primary has fallen idle again',
      historyOf(point(0, 10n, 'a'), point(15, 20n, 'b'), point(900, 20n, 'b')),
      15n,
      900_000,
      885_000,
    ],
    // The exporter started behind the standby: at least since a transaction ended that it saw.
    ['at least, where it does not reach back', historyOf(point(0, 10n, 'a'), point(15, 20n, 'b')), 5n, 15_000, 0],
    ['not at all, where it does not reach back and nothing has ended', historyOf(point(0, 10n, 'a')), 5n, 0, null],
  ])('%s', (_what, history, lsn, nowMs, expected) => expect(missingForMs(history, lsn, nowMs)).toBe(expected))

  it('is never more than the history is old, and never shrinks while somebody stands still', () =>
    fc.assert(
      fc.property(
        fc.array(fc.record({writes: fc.boolean(), checkpoints: fc.boolean()}), {minLength: 1, maxLength: 30}),
        fc.nat(30),
        (steps, at) => {
          let [history, lsn, count, before]: [WalHistory, bigint, number, number] = [[], 0n, 0, -1]
          for (const [index, {writes, checkpoints}] of steps.entries()) {
            if (writes || checkpoints) lsn += 10n
            if (writes) count += 1
            history = withPoint(history, point(index * 15, lsn, String(count)))
            const missing = missingForMs(history, BigInt(at) * 10n, index * 15_000)
            if (missing !== null) {
              expect(missing).toBeLessThanOrEqual(index * 15_000)
              if (before > 0) expect(missing).toBeGreaterThan(before)
              before = missing
            }
          }
        },
      ),
    ))
})

describe('what is remembered', () => {
  it('begins anew with a promotion, and where data was put back', () => {
    const history = historyOf(point(0, 10n, 'a'), point(15, 20n, 'b'))
    expect(withPoint(history, point(30, 18n, 'x', 2))).toEqual([point(30, 18n, 'x', 2)])
    expect(withPoint(history, point(30, 12n, 'x'))).toEqual([point(30, 12n, 'x')])
  })
  it('is bounded', () => {
    const day = Array.from({length: 24 * 60}, (_, minute) => point(minute * 60, BigInt(minute), 'a'))
    expect(historyOf(...day).length).toBeLessThanOrEqual(6 * 60 + 1)
  })
})
