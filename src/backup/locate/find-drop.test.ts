import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {formatLsn} from '../../model/lsn.ts'
import {findDrop} from './find-drop.ts'
import {parseWalLine, type WalLine} from './parse-waldump.ts'

const parse = (text: string) => text.split('\n').flatMap(line => parseWalLine(line) ?? [])

/**
 * pg_waldump --rmgr=Transaction --rmgr=Storage of PostgreSQL 17.12, invalidation messages shortened: DROP of another
 * table, then of `orders` (oid 16393, index 16396):
 * VACUUM FULL, TRUNCATE, ALTER COLUMN TYPE, and DROP in a subtransaction.
 */
const captured = parse(`
rmgr: Transaction len (rec/tot):     34/    34, tx:        755, lsn: 0/01945580, prev 0/01945548, desc: COMMIT 2026-11-24 18:31:58.909372 UTC
rmgr: Transaction len (rec/tot):    469/   469, tx:        756, lsn: 0/01949FC0, prev 0/01949F88, desc: COMMIT 2026-11-24 18:31:58.913264 UTC; rels: pg_tblspc/16385/PG_17_202406281/16384/16398; dropped stats: 2/16384/16398; inval msgs: catcache 80
rmgr: Storage     len (rec/tot):     42/    42, tx:        757, lsn: 0/0194A210, prev 0/0194A1E0, desc: CREATE base/16384/16401
rmgr: Storage     len (rec/tot):     42/    42, tx:        757, lsn: 0/019622C0, prev 0/01962290, desc: CREATE base/16384/16404
rmgr: Transaction len (rec/tot):   1153/  1153, tx:        757, lsn: 0/019628F8, prev 0/019628C0, desc: COMMIT 2026-11-24 18:31:58.924309 UTC; rels: base/16384/16393 base/16384/16396; dropped stats: 2/16384/16401; inval msgs: catcache 80
rmgr: Storage     len (rec/tot):     42/    42, tx:        758, lsn: 0/01962DB0, prev 0/01962D80, desc: CREATE base/16384/16405
rmgr: Storage     len (rec/tot):     42/    42, tx:        758, lsn: 0/01962F58, prev 0/01962F28, desc: CREATE base/16384/16406
rmgr: Transaction len (rec/tot):    206/   206, tx:        758, lsn: 0/01963140, prev 0/019630B0, desc: COMMIT 2026-11-24 18:31:58.925516 UTC; rels: base/16384/16404 base/16384/16401; inval msgs: catcache 55
rmgr: Storage     len (rec/tot):     42/    42, tx:        759, lsn: 0/01963350, prev 0/01963320, desc: CREATE base/16384/16407
rmgr: Storage     len (rec/tot):     42/    42, tx:        759, lsn: 0/01964620, prev 0/019645F0, desc: CREATE base/16384/16410
rmgr: Transaction len (rec/tot):   1121/  1121, tx:        759, lsn: 0/01964B08, prev 0/01964AD0, desc: COMMIT 2026-11-24 18:31:58.928032 UTC; rels: base/16384/16405 base/16384/16406; dropped stats: 2/16384/16407; inval msgs: catcache 7
rmgr: Transaction len (rec/tot):    693/   693, tx:        760, lsn: 0/019682F8, prev 0/019682C0, desc: COMMIT 2026-11-24 18:31:58.929250 UTC; rels: base/16384/16407 base/16384/16410; subxacts: 761; dropped stats: 2/16384/16396 2/16384/16393; inval msgs: catcache 32
rmgr: Transaction len (rec/tot):    453/   453, tx:        763, lsn: 0/0196EE38, prev 0/0196EE00, desc: COMMIT 2026-11-24 18:31:58.930370 UTC; dropped stats: 2/16384/16413; inval msgs: catcache 80
`)

/** With wal_level = logical: TRUNCATE of the tables 16416 and 16419, then DROP of 16416. */
const logical = parse(`
rmgr: Storage     len (rec/tot):     42/    42, tx:        767, lsn: 0/01988140, prev 0/01988110, desc: CREATE base/16384/16422
rmgr: Storage     len (rec/tot):     42/    42, tx:        767, lsn: 0/0198DA98, prev 0/0198DA48, desc: CREATE base/16384/16423
rmgr: Heap        len (rec/tot):     46/    46, tx:        767, lsn: 0/0198DCD8, prev 0/0198DC88, desc: TRUNCATE flags: [CASCADE], nrelids: 2, relids: [16416, 16419]
rmgr: Transaction len (rec/tot):    174/   174, tx:        767, lsn: 0/0198DD08, prev 0/0198DCD8, desc: COMMIT 2026-11-24 18:32:00.737010 UTC; rels: base/16384/16419 base/16384/16416; inval msgs: catcache 55
rmgr: Transaction len (rec/tot):    469/   469, tx:        768, lsn: 0/01992BF0, prev 0/01992AA8, desc: COMMIT 2026-11-24 18:32:00.761457 UTC; rels: base/16384/16422; dropped stats: 2/16384/16416; inval msgs: catcache 80
`)

const brief = (lines: readonly WalLine[], filenodes: readonly string[], oids: readonly string[] = []) =>
  findDrop(lines, new Set(filenodes), new Set(oids)).candidates.map(({xid, commitLsn, how, relations}) => [
    xid,
    formatLsn(commitLsn),
    how,
    relations.length,
  ])

describe('findDrop', () => {
  it('finds the commit that took the file, and where its record starts', () => {
    const found = findDrop(captured, new Set(['16385/16384/16398']), new Set(['16384/16398']))
    const offending = {
      xid: 756,
      commitLsn: 0x1949fc0n,
      committedAt: '2026-11-24 18:31:58.913264 UTC',
      committedAtMs: Date.UTC(2026, 10, 24, 18, 31, 58, 913),
      prepared: false,
      how: 'drop',
      relations: ['16385/16384/16398'],
      what: 'dropped the table; took 1 of 1 watched files',
    }
    expect(found).toEqual({
      candidates: [offending],
      last: offending,
      files: new Set(['16385/16384/16398']),
      commitsSeen: 7,
      caution: null,
    })
  })

  it('follows the table from file to file, and tells the DROP by its oid', () => {
    const expected = [
      [757, '0/19628F8', 'rewrite', 2],
      [758, '0/1963140', 'rewrite', 2],
      [759, '0/1964B08', 'rewrite', 2],
      [760, '0/19682F8', 'drop', 2],
    ]
    expect(brief(captured, ['16384/16393', '16384/16396'], ['16384/16393'])).toEqual(expected)
    expect(findDrop(captured, new Set(['16384/16393']), new Set(['16384/16393'])).last?.xid).toBe(760)
    const files = [
      '16384/16393',
      '1663/16384/16401',
      '1663/16384/16404',
      '1663/16384/16405',
      '1663/16384/16406',
      '1663/16384/16407',
      '1663/16384/16410',
    ]
    expect(findDrop(captured, new Set(['16384/16393'])).files).toEqual(new Set(files))
  })

  it('says what it does not know without oids', () => {
    const found = findDrop(captured, new Set(['16384/16393', '16384/16396']))
    expect(found.candidates.map(({xid, how}) => [xid, how])).toEqual([
      [757, 'unknown'],
      [758, 'unknown'],
      [759, 'unknown'],
      [760, 'unknown'],
    ])
    expect(found.candidates[0]?.what).toBe('dropped, emptied or rewrote the table; took 2 of 2 watched files')
    expect(found.caution).toBe(
      'WAL says which file is gone, not by which statement: 4 of the commits may be harmless (VACUUM FULL, CLUSTER and ALTER TABLE replace the file and keep the rows)',
    )
  })

  it('finds the DROP by oid when the file it dropped came from before this WAL', () => {
    expect(brief(captured.slice(-2), ['16384/16393'], ['16384/16393'])).toEqual([[760, '0/19682F8', 'drop', 0]])
  })

  it('loses track without the Storage lines, which is why they are asked for', () => {
    expect(
      brief(
        captured.filter(line => line.kind !== 'create'),
        ['16384/16393'],
      ),
    ).toEqual([[757, '0/19628F8', 'unknown', 1]])
  })

  it('names a TRUNCATE when wal_level is logical', () => {
    expect(brief(logical, ['16384/16416'], ['16384/16416'])).toEqual([
      [767, '0/198DD08', 'truncate', 1],
      [768, '0/1992BF0', 'drop', 1],
    ])
    expect(findDrop(logical, new Set(['16384/16416']), new Set(['16384/16416'])).caution).toBeNull()
    expect(brief(logical, ['16384/16419'], ['16384/1'])[0]?.[2]).toBe('rewrite')
  })

  it('does not take a table of another database, nor what another tablespace holds', () => {
    expect(brief(captured, ['5/16393'], ['5/16393'])).toEqual([])
    expect(brief(captured, ['1663/16384/16398'])).toEqual([])
    expect(findDrop(captured, new Set(['5/16393']))).toEqual({
      candidates: [],
      last: null,
      files: new Set(['5/16393']),
      commitsSeen: 7,
      caution: null,
    })
  })

  it('forgets the files of a subtransaction that was rolled back', () => {
    const lines: readonly WalLine[] = [
      {kind: 'create', xid: 11, relation: '1663/5/900'},
      {kind: 'abort', xid: 11, subxacts: []},
      {kind: 'create', xid: 12, relation: '1663/5/901'},
      commit(10, ['1663/5/1'], [12]),
      commit(20, ['1663/5/900']),
      commit(21, ['1663/5/901']),
    ]
    expect(brief(lines, ['5/1']).map(([xid]) => xid)).toEqual([10, 21])
  })

  it('gives exactly the commits that name a watched file, in their order, however many others there are', () => {
    const file = fc.integer({min: 1, max: 9})
    fc.assert(
      fc.property(
        fc.array(fc.array(file, {maxLength: 3}), {maxLength: 30}),
        fc.array(file, {maxLength: 4}),
        (commits, watched) => {
          const lines = commits.map((files, index) =>
            commit(
              index + 1,
              files.map(name => `1663/5/${name}`),
            ),
          )
          const expected = commits.flatMap((files, index) =>
            files.some(name => watched.includes(name)) ? [index + 1] : [],
          )
          expect(findDrop(lines, new Set(watched.map(name => `5/${name}`))).candidates.map(({xid}) => xid)).toEqual(
            expected,
          )
        },
      ),
    )
  })
})

function commit(xid: number, relations: readonly string[], subxacts: readonly number[] = []): WalLine {
  return {
    kind: 'commit',
    xid,
    commitLsn: BigInt(xid),
    committedAt: '',
    committedAtMs: null,
    prepared: false,
    relations,
    subxacts,
    droppedOids: [],
  }
}
