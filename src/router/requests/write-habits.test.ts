import {expect, it} from 'vitest'
import {planOfVerdict} from '../statements/decide-plan.ts'
import {change, doubtful, verdict} from '../statements/verdict.ts'
import {WriteHabits} from './write-habits.ts'

const planOf = (found: Parameters<typeof planOfVerdict>[0]): ReturnType<typeof planOfVerdict> =>
  planOfVerdict(found, null, 'parser')

it('asks of a query that may write whether it did, but not for a while after it did', () => {
  const habits = new WriteHabits()
  const [plan, other] = [planOf(doubtful('function f is volatile')), planOf(doubtful('function g is volatile'))]
  expect(habits.mayBeRead(plan, 0)).toBe(true)
  habits.noteWrite(plan, 0)
  expect([habits.mayBeRead(plan, 10_000), habits.mayBeRead(plan, 10_001), habits.mayBeRead(other, 1)]).toEqual([
    false,
    true,
    true,
  ])
})

it('asks of nothing else', () => {
  const habits = new WriteHabits()
  for (const found of [
    verdict('read', 'SELECT'),
    change('INSERT'),
    verdict('write', 'CALL'),
    verdict('session', 'SET'),
  ])
    expect(habits.mayBeRead(planOf(found), 0)).toBe(false)
})
