import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {formatLsn} from '../../model/lsn.ts'
import {countChanges, rankOffending, type RankKind} from './count-changes.ts'
import {parseWalLine, type RowChange, type WalLine} from './parse-waldump.ts'

const orders = '1663/16384/16393'
const accounts = '1663/16384/16386'

/**
 * pg_waldump --rmgr=Transaction --rmgr=Heap --rmgr=Heap2 of PostgreSQL 17.12: INSERT of 3, COPY of 4, an UPDATE, a
 * transaction with savepoints (an UPDATE kept, a DELETE rolled back, a DELETE kept), DELETE rolled back, UPDATE of 2
 * prepared and committed, DELETE prepared and rolled back, INSERT ON CONFLICT UPDATE, DELETE of all 3.
 */
const captured = `
rmgr: Heap        len (rec/tot):     63/    63, tx:        743, lsn: 0/019449D0, prev 0/01944958, desc: INSERT+INIT off: 1, flags: 0x00, blkref #0: rel 1663/16384/16393 blk 0
rmgr: Heap        len (rec/tot):     63/    63, tx:        743, lsn: 0/01944AB0, prev 0/01944A70, desc: INSERT off: 2, flags: 0x00, blkref #0: rel 1663/16384/16393 blk 0
rmgr: Heap        len (rec/tot):     63/    63, tx:        743, lsn: 0/01944B30, prev 0/01944AF0, desc: INSERT off: 3, flags: 0x00, blkref #0: rel 1663/16384/16393 blk 0
rmgr: Transaction len (rec/tot):     34/    34, tx:        743, lsn: 0/01944BB0, prev 0/01944B70, desc: COMMIT 2026-11-24 18:31:58.896812 UTC
rmgr: Heap2       len (rec/tot):    122/   122, tx:        744, lsn: 0/01944BD8, prev 0/01944BB0, desc: MULTI_INSERT+INIT ntuples: 4, flags: 0x02, blkref #0: rel 1663/16384/16386 blk 0
rmgr: Transaction len (rec/tot):     34/    34, tx:        744, lsn: 0/01944DB8, prev 0/01944D78, desc: COMMIT 2026-11-24 18:31:58.901323 UTC
rmgr: Heap        len (rec/tot):     71/    71, tx:        745, lsn: 0/01944DE0, prev 0/01944DB8, desc: HOT_UPDATE old_xmax: 745, old_off: 1, old_infobits: [], flags: 0x60, new_xmax: 0, new_off: 4, blkref #0: rel 1663/16384/16393 blk 0
rmgr: Transaction len (rec/tot):     34/    34, tx:        745, lsn: 0/01944E28, prev 0/01944DE0, desc: COMMIT 2026-11-24 18:31:58.905491 UTC
rmgr: Heap        len (rec/tot):     63/    63, tx:        746, lsn: 0/01944E50, prev 0/01944E28, desc: INSERT off: 5, flags: 0x00, blkref #0: rel 1663/16384/16393 blk 0
rmgr: Heap        len (rec/tot):     71/    71, tx:        747, lsn: 0/01944ED0, prev 0/01944E90, desc: HOT_UPDATE old_xmax: 747, old_off: 2, old_infobits: [], flags: 0x60, new_xmax: 0, new_off: 6, blkref #0: rel 1663/16384/16393 blk 0
rmgr: Heap        len (rec/tot):     54/    54, tx:        748, lsn: 0/01944F18, prev 0/01944ED0, desc: DELETE xmax: 748, off: 3, infobits: [KEYS_UPDATED], flags: 0x00, blkref #0: rel 1663/16384/16393 blk 0
rmgr: Transaction len (rec/tot):     34/    34, tx:        748, lsn: 0/01944F50, prev 0/01944F18, desc: ABORT 2026-11-24 18:31:58.906536 UTC
rmgr: Heap        len (rec/tot):     54/    54, tx:        750, lsn: 0/01944F78, prev 0/01944F50, desc: DELETE xmax: 750, off: 4, infobits: [KEYS_UPDATED], flags: 0x00, blkref #0: rel 1663/16384/16386 blk 0
rmgr: Transaction len (rec/tot):     54/    54, tx:        746, lsn: 0/01944FB0, prev 0/01944F78, desc: COMMIT 2026-11-24 18:31:58.907042 UTC; subxacts: 747 749 750
rmgr: Heap        len (rec/tot):     54/    54, tx:        751, lsn: 0/01944FE8, prev 0/01944FB0, desc: DELETE xmax: 751, off: 1, infobits: [KEYS_UPDATED], flags: 0x00, blkref #0: rel 1663/16384/16386 blk 0
rmgr: Heap        len (rec/tot):     54/    54, tx:        751, lsn: 0/01945020, prev 0/01944FE8, desc: DELETE xmax: 751, off: 2, infobits: [KEYS_UPDATED], flags: 0x00, blkref #0: rel 1663/16384/16386 blk 0
rmgr: Heap        len (rec/tot):     54/    54, tx:        751, lsn: 0/01945058, prev 0/01945020, desc: DELETE xmax: 751, off: 3, infobits: [KEYS_UPDATED], flags: 0x00, blkref #0: rel 1663/16384/16386 blk 0
rmgr: Transaction len (rec/tot):     34/    34, tx:        751, lsn: 0/01945090, prev 0/01945058, desc: ABORT 2026-11-24 18:31:58.907428 UTC
rmgr: Heap        len (rec/tot):     71/    71, tx:        752, lsn: 0/019450B8, prev 0/01945090, desc: HOT_UPDATE old_xmax: 752, old_off: 1, old_infobits: [], flags: 0x60, new_xmax: 0, new_off: 5, blkref #0: rel 1663/16384/16386 blk 0
rmgr: Heap        len (rec/tot):     71/    71, tx:        752, lsn: 0/01945100, prev 0/019450B8, desc: HOT_UPDATE old_xmax: 752, old_off: 2, old_infobits: [], flags: 0x60, new_xmax: 0, new_off: 6, blkref #0: rel 1663/16384/16386 blk 0
rmgr: Transaction len (rec/tot):    293/   293, tx:        752, lsn: 0/01945148, prev 0/01945100, desc: PREPARE gid p1: 2026-11-24 18:31:58.907799 UTC
rmgr: Transaction len (rec/tot):     42/    42, tx:          0, lsn: 0/01945270, prev 0/01945148, desc: COMMIT_PREPARED 752: 2026-11-24 18:31:58.908176 UTC
rmgr: Heap        len (rec/tot):     54/    54, tx:        753, lsn: 0/019452A0, prev 0/01945270, desc: DELETE xmax: 753, off: 4, infobits: [KEYS_UPDATED], flags: 0x00, blkref #0: rel 1663/16384/16393 blk 0
rmgr: Transaction len (rec/tot):    293/   293, tx:        753, lsn: 0/019452D8, prev 0/019452A0, desc: PREPARE gid p2: 2026-11-24 18:31:58.908484 UTC
rmgr: Transaction len (rec/tot):     42/    42, tx:          0, lsn: 0/01945400, prev 0/019452D8, desc: ABORT_PREPARED 753: 2026-11-24 18:31:58.908547 UTC
rmgr: Heap        len (rec/tot):     54/    54, tx:        754, lsn: 0/01945430, prev 0/01945400, desc: LOCK xmax: 754, off: 5, infobits: [LOCK_ONLY, EXCL_LOCK], flags: 0x00, blkref #0: rel 1663/16384/16386 blk 0
rmgr: Heap        len (rec/tot):     71/    71, tx:        754, lsn: 0/01945468, prev 0/01945430, desc: HOT_UPDATE old_xmax: 754, old_off: 5, old_infobits: [], flags: 0x60, new_xmax: 754, new_off: 7, blkref #0: rel 1663/16384/16386 blk 0
rmgr: Transaction len (rec/tot):     34/    34, tx:        754, lsn: 0/019454B0, prev 0/01945468, desc: COMMIT 2026-11-24 18:31:58.908970 UTC
rmgr: Heap        len (rec/tot):     54/    54, tx:        755, lsn: 0/019454D8, prev 0/019454B0, desc: DELETE xmax: 755, off: 7, infobits: [KEYS_UPDATED], flags: 0x00, blkref #0: rel 1663/16384/16386 blk 0
rmgr: Heap        len (rec/tot):     54/    54, tx:        755, lsn: 0/01945510, prev 0/019454D8, desc: DELETE xmax: 755, off: 6, infobits: [KEYS_UPDATED], flags: 0x00, blkref #0: rel 1663/16384/16386 blk 0
rmgr: Heap        len (rec/tot):     54/    54, tx:        755, lsn: 0/01945548, prev 0/01945510, desc: DELETE xmax: 755, off: 3, infobits: [KEYS_UPDATED], flags: 0x00, blkref #0: rel 1663/16384/16386 blk 0
rmgr: Transaction len (rec/tot):     34/    34, tx:        755, lsn: 0/01945580, prev 0/01945548, desc: COMMIT 2026-11-24 18:31:58.909372 UTC
`
  .split('\n')
  .flatMap(line => parseWalLine(line) ?? [])

const both = new Set([orders, '16384/16386'])
const totals = (lines: readonly WalLine[], filenodes: ReadonlySet<string>) =>
  countChanges(lines, filenodes).commits.map(({xid, total}) => [xid, total.insert, total.update, total.delete])

describe('countChanges', () => {
  it('counts what committed, under the xid that committed', () => {
    expect(totals(captured, both)).toEqual([
      [743, 3, 0, 0],
      [744, 4, 0, 0],
      [745, 0, 1, 0],
      [746, 1, 1, 1],
      [752, 0, 2, 0],
      [754, 0, 1, 0],
      [755, 0, 0, 3],
    ])
    expect(countChanges(captured, both)).toMatchObject({abortedRows: 1 + 3 + 1, unfinishedRows: 0})
  })

  it('tells the files apart, and leaves out those that are not watched', () => {
    const mixed = countChanges(captured, both).commits.find(({xid}) => xid === 746)
    expect(mixed).toMatchObject({commitLsn: 0x1944fb0n, committedAt: '2026-11-24 18:31:58.907042 UTC', prepared: false})
    expect(mixed?.relations).toEqual(
      new Map([
        [orders, {insert: 1, update: 1, delete: 0}],
        [accounts, {insert: 0, update: 0, delete: 1}],
      ]),
    )
    expect(totals(captured, new Set([accounts]))).toEqual([
      [744, 4, 0, 0],
      [746, 0, 0, 1],
      [752, 0, 2, 0],
      [754, 0, 1, 0],
      [755, 0, 0, 3],
    ])
    expect(totals(captured, new Set(['5/16386']))).toEqual([])
  })

  it('takes all of the heap lines first as well: two runs of pg_waldump', () => {
    const heap = captured.filter(({kind}) => kind === 'change')
    const ends = captured.filter(({kind}) => kind !== 'change')
    expect(countChanges([...heap, ...ends], both)).toEqual(countChanges(captured, both))
  })

  it('says how much it could not place when the transaction lines are missing', () => {
    expect(
      countChanges(
        captured.filter(({kind}) => kind === 'change'),
        both,
      ),
    ).toEqual({commits: [], abortedRows: 0, unfinishedRows: 22})
  })

  it('remembers that a transaction had been prepared', () => {
    expect(
      countChanges(captured, both)
        .commits.filter(({prepared}) => prepared)
        .map(({xid, commitLsn}) => [xid, formatLsn(commitLsn)]),
    ).toEqual([[752, '0/1945270']])
  })

  it('loses no row and counts none twice: committed, aborted and unfinished rows are all rows, and each commit has its own and its subtransactions’', () => {
    fc.assert(
      fc.property(fc.array(transaction, {maxLength: 12}), transactions => {
        const {lines, ends, perTop} = build(transactions)
        const counted = countChanges([...lines, ...ends], new Set(['5/1']))
        const committed = counted.commits.reduce((sum, {total}) => sum + total.insert + total.update + total.delete, 0)
        expect(committed + counted.abortedRows + counted.unfinishedRows).toBe(
          lines.reduce((sum, line) => sum + (line.kind === 'change' ? line.rows : 0), 0),
        )
        expect(
          new Map(counted.commits.map(({xid, total}) => [xid, total.insert + total.update + total.delete])),
        ).toEqual(perTop)
      }),
    )
  })
})

describe('rankOffending', () => {
  const ranked = (kind: RankKind, minRows?: number) =>
    rankOffending(countChanges(captured, both), {kind, ...(minRows === undefined ? {} : {minRows})}).map(
      ({xid, rows}) => [xid, rows],
    )

  it('puts most rows first, and of equal ones the newest', () => {
    expect(ranked('delete')).toEqual([
      [755, 3],
      [746, 1],
    ])
    expect(ranked('update')).toEqual([
      [752, 2],
      [754, 1],
      [746, 1],
      [745, 1],
    ])
    expect(ranked('insert')).toEqual([
      [744, 4],
      [743, 3],
      [746, 1],
    ])
    expect(ranked('any')).toEqual([
      [744, 4],
      [755, 3],
      [746, 3],
      [743, 3],
      [752, 2],
      [754, 1],
      [745, 1],
    ])
  })

  it('leaves out small ones, and those that changed nothing of the kind', () => {
    expect(ranked('delete', 3)).toEqual([[755, 3]])
    expect(ranked('delete', 4)).toEqual([])
    expect(ranked('delete', 0)).toEqual([
      [755, 3],
      [746, 1],
    ])
  })

  it('says what it did in words', () => {
    const words = rankOffending(countChanges(captured, both), {kind: 'delete'}).map(({what}) => what)
    expect(words).toEqual(['deleted 3 rows', 'inserted 1 row, updated 1 row, deleted 1 row'])
  })
})

/**
 * A transaction with subtransactions, each with rows it changed and whether it was kept; `end`: what became of the
 * whole.
 */
const transaction = fc.record({
  own: fc.integer({min: 1, max: 50}),
  subs: fc.array(fc.record({rows: fc.integer({min: 1, max: 50}), kept: fc.boolean()}), {maxLength: 4}),
  change: fc.constantFrom<RowChange>('insert', 'update', 'delete'),
  end: fc.constantFrom('commit', 'abort', 'none'),
})
type Transaction = typeof transaction extends fc.Arbitrary<infer T> ? T : never

function build(transactions: readonly Transaction[]) {
  const lines: WalLine[] = []
  const ends: WalLine[] = []
  const perTop = new Map<number, number>()
  transactions.forEach(({own, subs, change, end}, index) => {
    const top = (index + 1) * 100
    const add = (xid: number, rows: number) => lines.push({kind: 'change', xid, change, rows, relation: '1663/5/1'})
    add(top, own)
    subs.forEach(({rows}, sub) => add(top + 1 + sub, rows))
    subs.forEach(({kept}, sub) => kept || ends.push({kind: 'abort', xid: top + 1 + sub, subxacts: []}))
    const subxacts = subs.flatMap(({kept}, sub) => (kept ? [top + 1 + sub] : []))
    if (end === 'abort') ends.push({kind: 'abort', xid: top, subxacts})
    if (end !== 'commit') return
    ends.push({
      kind: 'commit',
      xid: top,
      commitLsn: BigInt(top),
      committedAt: '',
      committedAtMs: null,
      prepared: false,
      relations: [],
      subxacts,
      droppedOids: [],
    })
    perTop.set(top, own + subs.reduce((sum, {rows, kept}) => sum + (kept ? rows : 0), 0))
  })
  return {lines, ends, perTop}
}
