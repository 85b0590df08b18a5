// Hints over verdicts, as a table.
import {describe, expect, it} from 'vitest'
import {learnedPlan, planOfVerdict} from './decide-plan.ts'
import type {StatementKind} from './statement-plan.ts'
import {doubtful, ofNode, verdict} from './verdict.ts'

const kinds: readonly StatementKind[] = ['read', 'write', 'session', 'begin', 'commit', 'rollback', 'in-transaction']

describe('planOfVerdict', () => {
  it.each(kinds)('%s stays what it is without a hint', kind => {
    expect(planOfVerdict({...verdict(kind, 'why'), readOnlyTransaction: true}, null, 'parser')).toMatchObject({
      kind,
      reason: 'why',
      by: 'parser',
      readOnlyTransaction: true,
    })
  })

  it.each(kinds)("%s with hl: primary is the primary's, and no more of a write than it was", kind => {
    const plan = planOfVerdict(verdict(kind, 'why'), 'primary', 'lexer')
    expect(plan).toMatchObject(
      kind === 'read' ? {kind, by: 'hint', node: 'primary', commits: 'nothing'} : {kind, by: 'lexer', reason: 'why'},
    )
  })

  it.each(kinds)('%s with hl: standby stays what it is', kind => {
    expect(planOfVerdict(verdict(kind, 'why'), 'standby', 'parser')).toMatchObject({kind, by: 'parser', reason: 'why'})
  })

  it('only a query that calls or reads something doubtful is a read by hl: standby', () => {
    expect(planOfVerdict(doubtful('function f is not known'), 'standby', 'parser')).toEqual({
      kind: 'read',
      reason: 'hint hl: standby, though function f is not known',
      by: 'hint',
      readOnlyTransaction: false,
      node: 'any',
      commits: 'nothing',
      commitsTransaction: false,
      isProvisional: false,
    })
    expect(planOfVerdict(ofNode('relation s is of one node', 'primary'), 'standby', 'parser')).toMatchObject({
      kind: 'read',
      node: 'any',
    })
    expect(planOfVerdict(doubtful('function f is not known'), null, 'parser').kind).toBe('write')
    expect(planOfVerdict(doubtful('function f is not known'), 'primary', 'parser')).toMatchObject({
      kind: 'write',
      by: 'parser',
    })
  })

  it('a transaction with hl: primary is not for a standby', () => {
    const begin = {...verdict('begin', 'BEGIN'), readOnlyTransaction: true}
    expect(planOfVerdict(begin, 'primary', 'parser')).toMatchObject({
      kind: 'begin',
      by: 'hint',
      readOnlyTransaction: false,
    })
    expect(planOfVerdict(begin, 'standby', 'parser')).toMatchObject({
      kind: 'begin',
      by: 'parser',
      readOnlyTransaction: true,
    })
  })

  it('is frozen', () => expect(Object.isFrozen(planOfVerdict(verdict('read', 'SELECT'), null, 'parser'))).toBe(true))

  it.each([
    ['25006', {kind: 'write', node: 'primary', commits: 'perhaps'}],
    ['XX000', {kind: 'write', node: 'primary', commits: 'perhaps'}],
    ['0A000', {kind: 'read', node: 'primary', commits: 'nothing'}],
    ['55000', {kind: 'read', node: 'primary', commits: 'nothing'}],
  ])('what a standby refused with %s goes to the primary', (sqlState, plan) => {
    const before = planOfVerdict(verdict('read', 'SELECT'), null, 'parser')
    expect(learnedPlan(before, sqlState)).toMatchObject({...plan, by: 'learned', isProvisional: true})
  })
})
