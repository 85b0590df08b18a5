// What later reads must wait for, as a table.
import {describe, expect, it} from 'vitest'
import type {Commits, StatementKind} from '../statements/statement-plan.ts'
import {mayHaveCommitted, type Failure} from './may-have-committed.ts'

const refused = (code: string): Failure => ({
  error: Object.assign(new Error('x'), {severity: 'ERROR', code}),
  judgement: {outcome: 'not-applied'},
})
const lost: Failure = {error: new Error('gone'), judgement: {outcome: 'unknown'}}
const notSent: Failure = {error: new Error('gone'), judgement: {outcome: 'not-sent'}}
const no = refused('22012')
const unread = refused('42601')

/** [kind, commits, how it ended, outside of a transaction, within one] */
const table: readonly (readonly [StatementKind, Commits, Failure | null, boolean, boolean])[] = [
  ['read', 'nothing', null, false, false],
  ['read', 'nothing', lost, false, false],
  ['write', 'nothing', null, false, false],
  ['write', 'perhaps', null, true, false],
  ['write', 'perhaps', no, false, false],
  ['write', 'perhaps', lost, true, false],
  ['write', 'if-it-succeeds', null, true, false],
  ['write', 'if-it-succeeds', no, false, false],
  ['write', 'if-it-succeeds', lost, true, false],
  ['write', 'if-it-succeeds', notSent, false, false],
  ['write', 'even-if-it-fails', null, true, false],
  ['write', 'even-if-it-fails', no, true, false],
  ['write', 'even-if-it-fails', unread, false, false],
  ['session', 'nothing', null, false, false],
  ['session', 'even-if-it-fails', null, true, true],
  ['session', 'even-if-it-fails', no, true, true],
  ['session', 'even-if-it-fails', unread, false, false],
  ['session', 'even-if-it-fails', lost, true, true],
  ['commit', 'if-it-succeeds', null, true, true],
  ['commit', 'if-it-succeeds', no, false, false],
  ['commit', 'if-it-succeeds', lost, true, true],
  // Nothing in its transaction can have written.
  ['commit', 'nothing', null, false, false],
  ['rollback', 'nothing', null, false, false],
]

describe('mayHaveCommitted', () => {
  it.each(table)('%s that commits %s, ended %o: %s, in a transaction %s', (kind, commits, failure, outside, within) => {
    expect(mayHaveCommitted({kind, commits}, false, failure)).toBe(outside)
    expect(mayHaveCommitted({kind, commits}, true, failure)).toBe(within)
  })
})
