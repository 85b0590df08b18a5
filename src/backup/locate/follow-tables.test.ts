import {describe, expect, it} from 'vitest'
import {formatLsn} from '../../model/lsn.ts'
import {chooseDrop} from './choose-offending.ts'
import {describeEffects} from './describe-effects.ts'
import {tableFollower, type FollowedTables, type WatchedTable} from './follow-tables.ts'
import {parseWalLine, type WalLine} from './parse-waldump.ts'

function followTables(lines: Iterable<WalLine>, tables: readonly WatchedTable[]): FollowedTables {
  const follower = tableFollower(tables)
  for (const line of lines) follower.take(line)
  return follower.result()
}

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

/** ALTER COLUMN TYPE, which makes another TOAST table and another index, CLUSTER, DROP, of PostgreSQL 17.12. */
const clustered = parse(
  [
    ['Standby', 811, 'LOCK xid 811 db 16393 rel 16482 '],
    ['Standby', 811, 'LOCK xid 811 db 16393 rel 16487 '],
    ['Storage', 811, 'CREATE base/16393/16521'],
    ['Standby', 811, 'LOCK xid 811 db 16393 rel 16521 '],
    ['Standby', 811, 'LOCK xid 811 db 16393 rel 16523 '],
    ['Storage', 811, 'CREATE base/16393/16523'],
    ['Standby', 811, 'LOCK xid 811 db 16393 rel 16526 '],
    ['Storage', 811, 'CREATE base/16393/16526'],
    ['Storage', 811, 'CREATE base/16393/16527'],
    ['Standby', 811, 'LOCK xid 811 db 16393 rel 16527 '],
    ['Storage', 811, 'CREATE base/16393/16528'],
    ['Standby', 811, 'LOCK xid 811 db 16393 rel 16485 '],
    [
      'Transaction',
      811,
      'COMMIT 2026-11-30 00:09:24.929099 UTC; rels: base/16393/16515 base/16393/16518 base/16393/16521; dropped stats: 2/16393/16487 2/16393/16523; inval msgs: catcache 80',
    ],
    ['Standby', 812, 'LOCK xid 812 db 16393 rel 16482 '],
    ['Standby', 812, 'LOCK xid 812 db 16393 rel 16521 '],
    ['Standby', 812, 'LOCK xid 812 db 16393 rel 16529 '],
    ['Storage', 812, 'CREATE base/16393/16529'],
    ['Storage', 812, 'CREATE base/16393/16532'],
    ['Standby', 812, 'LOCK xid 812 db 16393 rel 16526 '],
    ['Standby', 812, 'LOCK xid 812 db 16393 rel 16527 '],
    ['Storage', 812, 'CREATE base/16393/16534'],
    [
      'Transaction',
      812,
      'COMMIT 2026-11-30 00:09:25.803732 UTC; rels: base/16393/16523 base/16393/16526 base/16393/16528; dropped stats: 2/16393/16532 2/16393/16529; inval msgs: catcache 80',
    ],
    [
      'Transaction',
      813,
      'COMMIT 2026-11-30 00:09:27.194113 UTC; rels: base/16393/16529; dropped stats: 2/16393/16527 2/16393/16482; inval msgs: catcache 80',
    ],
  ]
    .map(
      ([manager, xid, desc], index) =>
        `rmgr: ${manager ?? ''}     len (rec/tot):     42/    42, tx:        ${xid ?? ''}, lsn: 0/0D0${36_000 + index}, prev 0/0D036CD0, desc: ${desc ?? ''}`,
    )
    .join('\n'),
)

const table = (oid: string, file: string | null, kin: readonly string[] = [], name = 'g.x'): WatchedTable => ({
  oid,
  name,
  file,
  kin: new Set(kin),
})
const orders = table('16384/16393', '1663/16384/16393', ['16384/16396'], 'hl.orders')

const brief = (lines: readonly WalLine[], tables: readonly WatchedTable[]) =>
  followTables(lines, tables).committed.map(({xid, commitLsn, effects}) => [
    xid,
    formatLsn(commitLsn),
    describeEffects(effects, tables),
  ])

describe('rows of what a transaction made itself', () => {
  const make = (xid: number, relation: string): WalLine => ({kind: 'create', xid, relation})
  const made = (lines: readonly WalLine[]) => brief(lines, [table('5/100', '1663/5/100')]).map(([, , what]) => what)

  it('are told, since no catalog has named it yet', () =>
    expect(made([make(10, '1663/5/900'), change(10, '1663/5/900', 'insert', 3), commit(10)])).toEqual([
      'inserted 3 rows of a table that it made',
    ]))

  it('are told where a subtransaction put them in, and not where that was rolled back', () => {
    const inside = [make(10, '1663/5/900'), change(11, '1663/5/900', 'insert', 3)]
    expect(made([...inside, commit(10, {subxacts: [11]})])).toEqual(['inserted 3 rows of a table that it made'])
    const abort: WalLine = {kind: 'abort', xid: 11, abortLsn: 1n, abortedAtMs: null, subxacts: []}
    expect(made([...inside, abort, commit(10)])).toEqual([])
  })

  it('are nothing where it took the file away again', () =>
    expect(
      made([make(10, '1663/5/900'), change(10, '1663/5/900', 'insert', 3), commit(10, {relations: ['1663/5/900']})]),
    ).toEqual([]))

  it('are those of a table that it emptied before', () =>
    expect(
      made([make(10, '1663/5/900'), change(10, '1663/5/900', 'insert', 3), commit(10, {relations: ['1663/5/100']})]),
    ).toEqual(['inserted 3 rows of g.x, truncated g.x, inserted 3 rows of a table that it made']))
})

describe('followTables', () => {
  it('follows a table from file to file, and tells rewrites, TRUNCATE and DROP apart', () =>
    expect(brief(captured, [orders])).toEqual([
      [757, '0/19628F8', 'rewrote and kept the rows of hl.orders'],
      [758, '0/1963140', 'truncated hl.orders'],
      [759, '0/1964B08', 'rewrote and kept the rows of hl.orders'],
      [760, '0/19682F8', 'dropped hl.orders'],
    ]))

  it('knows the indexes and the TOAST table that a rewrite gave it', () =>
    expect(
      brief(clustered, [table('16393/16482', '1663/16393/16515', ['16393/16485', '16393/16486', '16393/16487'])]).map(
        ([xid, , what]) => [xid, what],
      ),
    ).toEqual([
      [811, 'rewrote and kept the rows of g.x'],
      [812, 'rewrote and kept the rows of g.x'],
      [813, 'dropped g.x'],
    ]))

  it('finds the DROP by oid when the file it dropped came from before this WAL', () =>
    expect(brief(captured.slice(-2), [orders])).toEqual([[760, '0/19682F8', 'dropped hl.orders']]))

  it('loses track without the Storage lines, which is why they are asked for', () =>
    expect(
      brief(
        captured.filter(line => line.kind !== 'create'),
        [orders],
      ),
    ).toEqual([
      [757, '0/19628F8', 'emptied or rewrote hl.orders'],
      [760, '0/19682F8', 'dropped hl.orders'],
    ]))

  it('takes the word of a TRUNCATE record, which wal_level = logical writes', () =>
    expect(
      brief(logical, [table('16384/16416', '1663/16384/16416'), table('16384/16419', '1663/16384/16419')]),
    ).toEqual([
      [767, '0/198DD08', 'truncated g.x, truncated g.x'],
      [768, '0/1992BF0', 'dropped g.x'],
    ]))

  it('does not take a table of another database, nor what another tablespace holds', () => {
    expect(brief(captured, [table('5/16393', '1663/5/16393')])).toEqual([])
    expect(brief(captured, [table('16384/1', '1663/16384/16398')])).toEqual([])
  })

  it('does not say that the rows were kept where another table was rewritten beside a TRUNCATE', () => {
    const lines: readonly WalLine[] = [
      {kind: 'lock', xid: 10, oid: '5/700'},
      {kind: 'lock', xid: 10, oid: '5/100'},
      {kind: 'create', xid: 10, relation: '1663/5/900'},
      {kind: 'create', xid: 10, relation: '1663/5/901'},
      commit(10, {relations: ['1663/5/700', '1663/5/100'], droppedOids: ['5/900']}),
    ]
    expect(brief(lines, [table('5/100', '1663/5/100')])[0]?.[2]).toBe('emptied or rewrote g.x')
    const alone = lines.filter(line => line.kind !== 'lock' || line.oid !== '5/700')
    expect(brief(alone, [table('5/100', '1663/5/100')])[0]?.[2]).toBe('rewrote and kept the rows of g.x')
  })

  it('does not take a scratch table in the same transaction for a rewrite', () => {
    const lines: readonly WalLine[] = [
      {kind: 'create', xid: 10, relation: '1663/5/900'},
      {kind: 'create', xid: 10, relation: '1663/5/901'},
      commit(10, {relations: ['1663/5/100', '1663/5/900'], droppedOids: ['5/900']}),
    ]
    expect(brief(lines, [table('5/100', '1663/5/100')])[0]?.[2]).toBe('truncated g.x')
  })

  it('takes a new tablespace for a move', () => {
    const lines: readonly WalLine[] = [
      {kind: 'create', xid: 10, relation: '16385/5/900'},
      commit(10, {relations: ['1663/5/100']}),
      change(11, '16385/5/900', 'delete', 3),
      commit(11, {}),
    ]
    expect(brief(lines, [table('5/100', '1663/5/100')]).map(([, , what]) => what)).toEqual([
      'rewrote and kept the rows of g.x',
      'deleted 3 rows of g.x',
    ])
  })

  it('counts rows in the files that a table has at the time, of subtransactions too, and of nobody who gave up', () => {
    const lines: readonly WalLine[] = [
      change(10, '1663/5/100', 'delete', 2),
      change(11, '1663/5/100', 'delete', 5),
      {kind: 'abort', xid: 11, abortLsn: 1n, abortedAtMs: 7, subxacts: []},
      change(12, '1663/5/100', 'insert', 1),
      commit(10, {subxacts: [12]}),
      {kind: 'create', xid: 20, relation: '1663/5/900'},
      commit(20, {relations: ['1663/5/100'], droppedOids: ['5/900']}),
      change(21, '1663/5/100', 'update', 1),
      change(21, '1663/5/900', 'update', 4),
      commit(21, {}),
      change(30, '1663/5/900', 'delete', 1),
      {kind: 'prepare', xid: 30},
    ]
    const watched = [table('5/100', '1663/5/100')]
    expect(brief(lines, watched).map(([xid, , what]) => [xid, what])).toEqual([
      [10, 'inserted 1 row of g.x, deleted 2 rows of g.x'],
      [20, 'rewrote and kept the rows of g.x'],
      [21, 'updated 4 rows of g.x'],
    ])
    expect(
      followTables(lines, watched).voided.map(({xid, how, atMs, effects}) => [
        xid,
        how,
        atMs,
        describeEffects(effects, watched),
      ]),
    ).toEqual([
      [11, 'rolled-back', 7, 'deleted 5 rows of g.x'],
      [30, 'prepared', null, 'deleted 1 row of g.x'],
    ])
  })

  it('forgets the files of a subtransaction that was rolled back', () => {
    const lines: readonly WalLine[] = [
      {kind: 'create', xid: 11, relation: '1663/5/900'},
      {kind: 'abort', xid: 11, abortLsn: 1n, abortedAtMs: null, subxacts: []},
      {kind: 'create', xid: 12, relation: '1663/5/901'},
      commit(10, {relations: ['1663/5/1'], subxacts: [12]}),
      commit(20, {relations: ['1663/5/900']}),
      commit(21, {relations: ['1663/5/901']}),
    ]
    expect(brief(lines, [table('5/1', '1663/5/1')]).map(([xid]) => xid)).toEqual([10, 21])
  })

  it('tells how a transaction ended that was asked for, whatever it did', () => {
    const follower = tableFollower([], new Set([757, 999]))
    for (const line of captured) follower.take(line)
    expect([...follower.result().ends.keys()]).toEqual([757])
  })
})

describe('chooseDrop', () => {
  const choose = (lines: readonly WalLine[], watched = [orders]) => {
    const choice = chooseDrop(followTables(lines, watched), watched)
    return [
      choice.kind,
      ...(choice.kind === 'found'
        ? [choice.offending.xid]
        : choice.kind === 'ambiguous'
          ? choice.candidates.map(({xid}) => xid)
          : [choice.searched]),
    ]
  }
  const without = (xids: readonly number[]) => captured.filter(line => !xids.includes(line.xid))

  it('finds the DROP behind a VACUUM FULL', () =>
    expect(
      choose(
        without([758, 759]).map(
          renamed([
            ['16407', '16401'],
            ['16410', '16404'],
          ]),
        ),
      ),
    ).toEqual(['found', 760]))
  it('finds the TRUNCATE between rewrites', () => expect(choose(without([760]))).toEqual(['found', 758]))
  it('takes no rewrite for a loss', () =>
    expect(choose(captured.filter(({xid}) => xid === 755 || xid === 757))).toEqual([
      'not-found',
      'none of 2 commits dropped or truncated hl.orders; 1 that rewrote it and kept its rows is none',
    ]))
  it('asks where two took rows away', () => expect(choose(captured)).toEqual(['ambiguous', 758, 760]))
  it('asks where a file is gone and nobody knows how', () =>
    expect(choose(captured.filter(line => line.xid === 757 && line.kind !== 'create'))).toEqual(['ambiguous', 757]))
  it('finds nothing in nothing', () =>
    expect(choose([])).toEqual(['not-found', 'none of 0 commits dropped or truncated hl.orders']))
})

/** The commit that follows takes the file that is there, as it would without what was left out between. */
function renamed(pairs: readonly (readonly [string, string])[]) {
  return (line: WalLine): WalLine =>
    line.kind === 'commit' && line.xid === 760
      ? {
          ...line,
          relations: line.relations.map(file => pairs.reduce((name, [from, to]) => name.replace(from, to), file)),
        }
      : line
}

function commit(
  xid: number,
  {
    relations = [],
    subxacts = [],
    droppedOids = [],
  }: {
    readonly relations?: readonly string[]
    readonly subxacts?: readonly number[]
    readonly droppedOids?: readonly string[]
  } = {},
): WalLine {
  return {
    kind: 'commit',
    xid,
    commitLsn: BigInt(xid),
    committedAt: '',
    committedAtMs: null,
    prepared: false,
    relations,
    subxacts,
    droppedOids,
    schemasChanged: false,
  }
}

function change(xid: number, relation: string, kind: 'insert' | 'update' | 'delete', rows: number): WalLine {
  return {kind: 'change', xid, change: kind, rows, relation}
}
