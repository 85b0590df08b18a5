// What later reads must wait for, as a table.
import {describe, expect, it} from 'vitest'
import type {Commits} from '../statements/statement-plan.ts'
import {mayHaveCommitted, type Failure} from './may-have-committed.ts'

const refused = (code: string): Failure => ({
  error: Object.assign(new Error('x'), {severity: 'ERROR', code}),
  judgement: {outcome: 'not-applied', connectionLost: false},
})
const lost: Failure = {error: new Error('gone'), judgement: {outcome: 'unknown', connectionLost: true}}
const notSent: Failure = {error: new Error('gone'), judgement: {outcome: 'not-sent', connectionLost: true}}
const threw: Failure = {error: new Error('no date'), judgement: {outcome: 'not-sent', connectionLost: false}}
const no = refused('22012')
const unread = refused('42601')

const table: readonly (readonly [string, Failure | null, Record<Commits, boolean>])[] = [
  ['well', null, {'nothing': false, 'perhaps': true, 'if-it-succeeds': true, 'even-if-it-fails': true}],
  ['refused', no, {'nothing': false, 'perhaps': false, 'if-it-succeeds': false, 'even-if-it-fails': true}],
  ['not understood', unread, {'nothing': false, 'perhaps': false, 'if-it-succeeds': false, 'even-if-it-fails': false}],
  ['lost', lost, {'nothing': false, 'perhaps': true, 'if-it-succeeds': true, 'even-if-it-fails': true}],
  ['not sent', notSent, {'nothing': false, 'perhaps': false, 'if-it-succeeds': false, 'even-if-it-fails': true}],
  ['thrown at by pg', threw, {'nothing': false, 'perhaps': true, 'if-it-succeeds': true, 'even-if-it-fails': true}],
]

describe('mayHaveCommitted', () => {
  it.each(table)('what ended %s', (_how, failure, expected) => {
    for (const [commits, may] of Object.entries(expected))
      expect([commits, mayHaveCommitted(commits as Commits, failure)]).toEqual([commits, may])
  })
})
