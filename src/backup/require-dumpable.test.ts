import {describe, expect, it} from 'vitest'
import {hintText} from '../model/command-hint.ts'
import {HlError} from '../model/errors.ts'
import {requireDumpable} from './require-dumpable.ts'

const sound = {largeObjects: 0, mayRead: false, policies: [], subscriptions: [], mappings: []}
const asked = (change: Partial<Record<keyof typeof sound, unknown>>) =>
  requireDumpable({lab: 'x'}, JSON.stringify({...sound, ...change}))

describe('what a logical backup can read', () => {
  it('is all of a database without large objects and policies', () =>
    expect(asked({})).toEqual({hasLargeObjects: false, leftOut: []}))

  it('are large objects where its role may', () =>
    expect(asked({largeObjects: 2, mayRead: true})).toEqual({hasLargeObjects: true, leftOut: []}))

  it.each([
    [
      {largeObjects: 2},
      'nothing was begun: database hl holds 2 large objects, which hl_backup may not read',
      `hl psql 'GRANT SET ON PARAMETER lo_compat_privileges TO hl_backup' --lab x`,
    ],
    [
      {policies: ['hl.a', 'b', 'c', 'd', 'e', 'f', 'g']},
      'nothing was begun: row level security of hl.a, b, c, d, e and 2 more hides rows from hl_backup',
      `hl psql 'ALTER ROLE hl_backup BYPASSRLS' --lab x`,
    ],
  ])('is refused by name otherwise, with the statement that allows it: %o', (change, message, next) => {
    let error: unknown
    try {
      asked(change)
    } catch (caught) {
      error = caught
    }
    expect(error).toMatchObject({code: 'BACKUP_FAILED', message})
    expect(hintText((error as HlError).steps[0] ?? '')).toContain(next)
  })

  it('is told without what only a superuser may read', () =>
    expect(asked({subscriptions: ['s'], mappings: ['alice of far']}).leftOut).toEqual([
      'the subscriptions s',
      'the options of user mappings, alice of far',
    ]))
})
