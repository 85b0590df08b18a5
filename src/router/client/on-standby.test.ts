import {describe, expect, it} from 'vitest'
import {planOfVerdict} from '../statements/decide-plan.ts'
import {verdict} from '../statements/verdict.ts'
import {localResult} from './local-result.ts'
import {decideOnStandby, deliveredNothing} from './on-standby.ts'

describe('a statement on a standby', () => {
  it.each([
    ['any', 'stay', 'stay'],
    ['bound', 'start-again', 'stay'],
    ['unsure', 'start-again', 'stay'],
    ['primary', 'start-again', 'refuse'],
  ] as const)('whose answer is that of %s: %s before anything was given, %s behind it', (node, before, behind) => {
    expect([decideOnStandby(node, true), decideOnStandby(node, false)]).toEqual([before, behind])
  })

  it.each([
    ['in-transaction', 'SET LOCAL', 0, true],
    ['in-transaction', 'set_config for the transaction', 1, true],
    ['in-transaction', 'FETCH', 0, true],
    ['in-transaction', 'FETCH', 1, false],
    ['read', 'SELECT', 0, false],
    ['session', 'SET', 0, false],
  ] as const)('%s (%s) with %i rows gave nothing: %s', (kind, reason, count, nothing) => {
    const result = {...localResult('COMMIT'), rows: Array.from({length: count}, () => ({}))}
    expect(deliveredNothing(planOfVerdict(verdict(kind, reason), null, 'parser'), result)).toBe(nothing)
  })
})
