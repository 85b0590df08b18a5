import {describe, expect, it} from 'vitest'
import type {RestoreTarget} from '../../model/backup.ts'
import {filterOf, recordIn} from './target-record.ts'

/** pg_waldump 17.12, as the filters let it through. */
const commit = (xid: number, lsn: string, tail = '') =>
  `rmgr: Transaction len (rec/tot):     34/    34, tx:        ${xid}, lsn: ${lsn}, prev 0/01945548, desc: COMMIT 2026-11-24 18:31:58.909372 UTC${tail}`
const point = (name: string, lsn: string) =>
  `rmgr: XLOG        len (rec/tot):     98/    98, tx:          0, lsn: ${lsn}, prev 0/05000060, desc: RESTORE_POINT ${name}`

const xid = (id: number): RestoreTarget => ({kind: 'xid', xid: id, inclusive: true})
const name = (text: string): RestoreTarget => ({kind: 'name', name: text})

describe('a transaction', () => {
  it.each([
    ['its commit', commit(757, '0/01945580')],
    ['its rollback', commit(757, '0/01945580').replace('COMMIT', 'ABORT')],
    [
      'the commit of what was prepared',
      'rmgr: Transaction len (rec/tot):     42/    42, tx:          0, lsn: 0/01945580, prev 0/1, desc: COMMIT_PREPARED 757: 2026-11-24 18:31:58.908176 UTC',
    ],
  ])('ends with %s', (_, line) =>
    expect(recordIn(xid(757), `first ${commit(700, '0/1')}\n${line}\nlast ${commit(800, '0/9')}`)).toEqual({
      kind: 'record',
      lsn: 0x1945580n,
    }),
  )

  it('that is a part of another is refused with that one', () =>
    expect(recordIn(xid(747), commit(746, '0/01944FB0', '; subxacts: 747 749 750'))).toEqual({
      kind: 'refused',
      message:
        'transaction 747 is a subtransaction of 746, which committed at 0/1944FB0 (2026-11-24 18:31:58.909372 UTC)',
      next: ['--to-xid 746'],
    }))

  it('that was prepared and never finished is refused', () =>
    expect(
      recordIn(
        xid(752),
        'rmgr: Transaction len (rec/tot):    293/   293, tx:        752, lsn: 0/01945148, prev 0/01945100, desc: PREPARE gid p1: 2026-11-24 18:31:58.907799 UTC',
      ),
    ).toMatchObject({kind: 'refused', message: expect.stringContaining('was prepared at 0/1945148') as string}))

  it('that is in no WAL is told with those that are', () =>
    expect(recordIn(xid(9_000), `first ${commit(700, '0/1')}\nlast ${commit(800, '0/9')}`)).toEqual({
      kind: 'absent',
      seen: 'it holds the ends of transactions from 700 (2026-11-24 18:31:58.909372 UTC) to 800 (2026-11-24 18:31:58.909372 UTC); one that wrote nothing has none',
    }))
})

describe('a restore point', () => {
  const points = [point('a', '0/05000098'), point('b', '0/06000028'), point('b', '0/07000028')].join('\n')
  it('is where it was made', () => expect(recordIn(name('a'), points)).toEqual({kind: 'record', lsn: 0x5000098n}))
  it('of which there are two is a question', () =>
    expect(recordIn(name('b'), points)).toEqual({
      kind: 'refused',
      message: '2 restore points are called b, at 0/6000028, 0/7000028',
      next: ['--to-lsn 0/6000028', '--to-lsn 0/7000028'],
    }))
  it('that nobody made is told with those that are there', () => {
    expect(recordIn(name('c'), points)).toEqual({kind: 'absent', seen: 'there are a, b'})
    expect(recordIn(name('c'), '')).toEqual({kind: 'absent', seen: 'there is no restore point'})
  })
})

describe('a time', () => {
  const target: RestoreTarget = {kind: 'time', epochMs: Date.UTC(2026, 10, 24, 18, 31, 58, 909), inclusive: true}
  it('is at the first end behind it', () =>
    expect(recordIn(target, commit(757, '0/01945580'))).toEqual({kind: 'record', lsn: 0x1945580n}))
  it('behind everything is told with the last', () =>
    expect(recordIn(target, `last ${commit(757, '0/01945580')}`)).toEqual({
      kind: 'absent',
      seen: '2026-11-24 18:31:58.909372 UTC',
    }))
  it('is compared as pg_waldump prints it', () =>
    expect(filterOf(target)?.variables).toEqual({t: '2026-11-24 18:31:58.909000'}))
})

it('a position names its own place', () => expect(filterOf({kind: 'lsn', lsn: 1n, inclusive: true})).toBeNull())
