import fc from 'fast-check'
import {expect, test} from 'vitest'
import {isOld, Waiter, WaitingLine} from './waiting-line.ts'

const waiterOf = (sinceMs: number, untilMs: number): Waiter => new Waiter(() => undefined, 'never', {sinceMs, untilMs})

/** Serves everybody at one moment. */
function drain(line: WaitingLine, nowMs: number): readonly Waiter[] {
  const served: Waiter[] = []
  for (let next = line.next(nowMs); next !== null; next = line.next(nowMs)) {
    line.remove(next)
    served.push(next)
  }
  return served
}

test('first come, first served, while the first has most of its time left', () => {
  const line = new WaitingLine()
  const all = [0, 100, 200].map(sinceMs => waiterOf(sinceMs, sinceMs + 2_000))
  for (const waiter of all) line.add(waiter)
  expect(drain(line, 900)).toEqual(all)
})

test('newest first once the first has waited for longer than it still may, and in order again when the old ones are gone', () => {
  const line = new WaitingLine()
  const [old, middle, young, youngest] = [0, 400, 1_500, 1_900].map(sinceMs => waiterOf(sinceMs, sinceMs + 2_000))
  if (old === undefined || middle === undefined || young === undefined || youngest === undefined)
    throw new Error('four were made')
  for (const waiter of [old, middle, young, youngest]) line.add(waiter)
  expect(line.next(1_950)).toBe(youngest)
  line.remove(old)
  line.remove(middle)
  expect(line.next(1_950)).toBe(young)
})

test('who may wait for ever is never old', () => {
  expect(isOld({sinceMs: 0, untilMs: Infinity}, 1e12)).toBe(false)
})

test('holds whom it was given and who has not left, in the order of coming', () => {
  const step = fc.oneof(fc.record({add: fc.constant(true)}), fc.record({add: fc.constant(false), at: fc.nat(30)}))
  fc.assert(
    fc.property(fc.array(step, {maxLength: 60}), steps => {
      const line = new WaitingLine()
      const model = new Set<Waiter>()
      const everybody: Waiter[] = []
      for (const [index, taken] of steps.entries()) {
        if (!('at' in taken)) {
          const waiter = waiterOf(index, index + 1_000)
          everybody.push(waiter)
          model.add(waiter)
          line.add(waiter)
        } else {
          const waiter = everybody[taken.at]
          if (waiter !== undefined) expect(line.remove(waiter)).toBe(model.delete(waiter))
        }
        expect(line.size).toBe(model.size)
        expect(line.filter(() => true)).toEqual([...model])
      }
      const order = [...model]
      expect(drain(line, 0)).toEqual(order)
      expect(line.size).toBe(0)
    }),
  )
})
