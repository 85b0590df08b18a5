import {expect, it} from 'vitest'
import {backupOf} from '../../../test/fakes/fake-backup.ts'
import type {Outcome} from './decide-due.ts'
import {ownOutcomes} from './own-outcomes.ts'

const line = (more: Partial<Outcome>): Outcome => ({
  task: 'verify-restore',
  at: '2026-11-24T00:00:00Z',
  ok: true,
  durationMs: 1,
  detail: '',
  backup: null,
  ...more,
})
const mine = {systemIdentifier: '7', backups: [backupOf({id: 'a'})]}
const said = line({systemIdentifier: '7'})
const named = line({backup: 'a'})
const others = [
  line({systemIdentifier: '8', backup: 'a'}),
  line({systemIdentifier: '8'}),
  line({backup: 'b'}),
  line({ok: false}),
]

it('of several clusters each has what says so, and what names a backup of it', () =>
  expect(ownOutcomes([said, ...others, named], mine, false)).toEqual([said, named]))
it('the only cluster has all', () =>
  expect(ownOutcomes([said, ...others, named], mine, true)).toEqual([said, ...others, named]))
