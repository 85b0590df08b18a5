import {describe, expect, it} from 'vitest'
import {parseLsn} from '../../model/lsn.ts'
import {parseWalLine} from './parse-waldump.ts'

/** Lines of pg_waldump 17.12, as captured. */
const commitOfDrop =
  'rmgr: Transaction len (rec/tot):    693/   693, tx:        760, lsn: 0/019682F8, prev 0/019682C0, desc: COMMIT 2026-11-24 18:31:58.929250 UTC; rels: base/16384/16407 base/16384/16410; subxacts: 761; dropped stats: 2/16384/16396 2/16384/16393; inval msgs: catcache 32 catcache 7 catcache 6 catcache 55 catcache 54 catcache 19 catcache 80 catcache 79 catcache 80 catcache 79 catcache 7 catcache 6 catcache 7 catcache 6 catcache 7 catcache 6 catcache 7 catcache 6 catcache 7 catcache 6 catcache 7 catcache 6 catcache 7 catcache 6 catcache 7 catcache 6 catcache 7 catcache 6 catcache 55 catcache 54 relcache 16396 relcache 16393 snapshot 2608 snapshot 2608 snapshot 2608 snapshot 2608 relcache 16393 snapshot 2608'
const commitInTablespace =
  'rmgr: Transaction len (rec/tot):    469/   469, tx:        756, lsn: 0/01949FC0, prev 0/01949F88, desc: COMMIT 2026-11-24 18:31:58.913264 UTC; rels: pg_tblspc/16385/PG_17_202406281/16384/16398; dropped stats: 2/16384/16398; inval msgs: catcache 80 catcache 79 catcache 80 catcache 79 catcache 7 catcache 6 catcache 7 catcache 6 catcache 7 catcache 6 catcache 7 catcache 6 catcache 7 catcache 6 catcache 7 catcache 6 catcache 7 catcache 6 catcache 55 catcache 54 snapshot 2608 snapshot 2608 relcache 16398 snapshot 2608'

describe('the end of a transaction', () => {
  it('names the files that are gone, the subtransactions and the dropped oids', () => {
    expect(parseWalLine(commitOfDrop)).toEqual({
      kind: 'commit',
      xid: 760,
      commitLsn: parseLsn('0/19682F8'),
      committedAt: '2026-11-24 18:31:58.929250 UTC',
      committedAtMs: Date.UTC(2026, 10, 24, 18, 31, 58, 929),
      prepared: false,
      relations: ['1663/16384/16407', '1663/16384/16410'],
      subxacts: [761],
      droppedOids: ['16384/16396', '16384/16393'],
      schemasChanged: false,
    })
  })

  it('names files in a tablespace', () =>
    expect(parseWalLine(commitInTablespace)).toMatchObject({
      relations: ['16385/16384/16398'],
      subxacts: [],
      droppedOids: ['16384/16398'],
    }))

  it('may say nothing but the time, or the subtransactions', () => {
    expect(
      parseWalLine(
        'rmgr: Transaction len (rec/tot):     34/    34, tx:        743, lsn: 0/01944BB0, prev 0/01944B70, desc: COMMIT 2026-11-24 18:31:58.896812 UTC',
      ),
    ).toEqual({
      kind: 'commit',
      xid: 743,
      commitLsn: 0x1944bb0n,
      committedAt: '2026-11-24 18:31:58.896812 UTC',
      committedAtMs: Date.UTC(2026, 10, 24, 18, 31, 58, 896),
      prepared: false,
      relations: [],
      subxacts: [],
      droppedOids: [],
      schemasChanged: false,
    })
    expect(
      parseWalLine(
        'rmgr: Transaction len (rec/tot):     54/    54, tx:        746, lsn: 0/01944FB0, prev 0/01944F78, desc: COMMIT 2026-11-24 18:31:58.907042 UTC; subxacts: 747 749 750',
      ),
    ).toMatchObject({xid: 746, subxacts: [747, 749, 750]})
  })

  it('says whether schemas were changed, by the caches that are no more valid', () => {
    const renamed = (words: string) =>
      parseWalLine(
        `rmgr: Transaction len (rec/tot):     98/    98, tx:        743, lsn: 0/01944BB0, prev 0/01944B70, desc: COMMIT 2026-11-24 18:31:58.896812 UTC; inval msgs: ${words}`,
      )
    expect(renamed('catcache 36 catcache 35 catcache 35')).toMatchObject({schemasChanged: true})
    expect(renamed('catcache 54 relcache 35 snapshot 36')).toMatchObject({schemasChanged: false})
  })

  it('of a prepared one is in the record of another session, which has no xid', () => {
    const commit =
      'rmgr: Transaction len (rec/tot):     42/    42, tx:          0, lsn: 0/01945270, prev 0/01945148, desc: COMMIT_PREPARED 752: 2026-11-24 18:31:58.908176 UTC'
    const abort =
      'rmgr: Transaction len (rec/tot):     42/    42, tx:          0, lsn: 0/01945400, prev 0/019452D8, desc: ABORT_PREPARED 753: 2026-11-24 18:31:58.908547 UTC'
    expect(parseWalLine(commit)).toMatchObject({
      kind: 'commit',
      xid: 752,
      commitLsn: 0x1945270n,
      committedAt: '2026-11-24 18:31:58.908176 UTC',
      prepared: true,
    })
    expect(parseWalLine(abort)).toEqual({
      kind: 'abort',
      xid: 753,
      abortLsn: 0x1945400n,
      abortedAtMs: Date.UTC(2026, 10, 24, 18, 31, 58, 908),
      subxacts: [],
    })
  })

  it('is an abort too, whose files are no loss', () => {
    expect(
      parseWalLine(
        'rmgr: Transaction len (rec/tot):     70/    70, tx:        748, lsn: 0/015600D8, prev 0/01560090, desc: ABORT 2026-11-24 18:32:45.332714 UTC; rels: base/5/16401; dropped stats: 2/5/16401',
      ),
    ).toEqual({
      kind: 'abort',
      xid: 748,
      abortLsn: 0x15600d8n,
      abortedAtMs: Date.UTC(2026, 10, 24, 18, 32, 45, 332),
      subxacts: [],
    })
  })

  it('keeps the text of a time in another zone, and no number', () => {
    const line =
      'rmgr: Transaction len (rec/tot):    469/   469, tx:        768, lsn: 0/01992BF0, prev 0/01992AA8, desc: COMMIT 2026-11-24 13:32:00.761457 EST; rels: base/16384/16422; dropped stats: 2/16384/16416; inval msgs: catcache 80'
    expect(parseWalLine(line)).toMatchObject({
      committedAt: '2026-11-24 13:32:00.761457 EST',
      committedAtMs: null,
      relations: ['1663/16384/16422'],
    })
  })
})

describe('a change of rows', () => {
  const change = (line: string) => {
    const parsed = parseWalLine(line)
    return parsed?.kind === 'change' ? [parsed.xid, parsed.change, parsed.rows, parsed.relation] : parsed
  }

  it.each([
    [
      'rmgr: Heap        len (rec/tot):     63/    63, tx:        743, lsn: 0/019449D0, prev 0/01944958, desc: INSERT+INIT off: 1, flags: 0x00, blkref #0: rel 1663/16384/16393 blk 0',
      [743, 'insert', 1, '1663/16384/16393'],
    ],
    [
      'rmgr: Heap        len (rec/tot):     63/    63, tx:        743, lsn: 0/01944AB0, prev 0/01944A70, desc: INSERT off: 2, flags: 0x00, blkref #0: rel 1663/16384/16393 blk 0',
      [743, 'insert', 1, '1663/16384/16393'],
    ],
    [
      'rmgr: Heap2       len (rec/tot):    122/   122, tx:        744, lsn: 0/01944BD8, prev 0/01944BB0, desc: MULTI_INSERT+INIT ntuples: 4, flags: 0x02, blkref #0: rel 1663/16384/16386 blk 0',
      [744, 'insert', 4, '1663/16384/16386'],
    ],
    [
      'rmgr: Heap        len (rec/tot):     71/    71, tx:        745, lsn: 0/01944DE0, prev 0/01944DB8, desc: HOT_UPDATE old_xmax: 745, old_off: 1, old_infobits: [], flags: 0x60, new_xmax: 0, new_off: 4, blkref #0: rel 1663/16384/16393 blk 0',
      [745, 'update', 1, '1663/16384/16393'],
    ],
    [
      'rmgr: Heap        len (rec/tot):     73/  6037, tx:        744, lsn: 0/0153FBA8, prev 0/0153DB98, desc: UPDATE old_xmax: 744, old_off: 1, old_infobits: [], flags: 0x00, new_xmax: 0, new_off: 11, blkref #0: rel 1663/5/16384 blk 2 FPW, blkref #1: rel 1663/5/16384 blk 0',
      [744, 'update', 1, '1663/5/16384'],
    ],
    [
      'rmgr: Heap        len (rec/tot):     59/  8183, tx:        747, lsn: 0/01542018, prev 0/01541FC0, desc: DELETE xmax: 747, off: 5, infobits: [KEYS_UPDATED], flags: 0x00, blkref #0: rel 1663/5/16384 blk 1 FPW',
      [747, 'delete', 1, '1663/5/16384'],
    ],
  ])('%s', (line, expected) => expect(change(line)).toEqual(expected))

  it('is an update when the row goes to another partition', () => {
    expect(
      change(
        'rmgr: Heap        len (rec/tot):     59/   119, tx:        745, lsn: 0/01541CA8, prev 0/01541C80, desc: DELETE xmax: 745, off: 1, infobits: [KEYS_UPDATED], flags: 0x10, blkref #0: rel 1663/5/16395 blk 0 FPW',
      ),
    ).toEqual([745, 'update', 1, '1663/5/16395'])
  })

  it('is none when an INSERT takes its own row back (the flag set by hand: it takes two sessions at the same moment)', () => {
    expect(
      change(
        'rmgr: Heap        len (rec/tot):     54/    54, tx:        755, lsn: 0/019454D8, prev 0/019454B0, desc: DELETE xmax: 755, off: 7, infobits: [], flags: 0x08, blkref #0: rel 1663/16384/16386 blk 0',
      ),
    ).toBeNull()
  })
})

describe('a lock, and a prepared transaction', () => {
  it('name their transactions', () => {
    expect(
      parseWalLine(
        'rmgr: Standby     len (rec/tot):     42/    42, tx:        758, lsn: 0/01962CF0, prev 0/01962CC0, desc: LOCK xid 758 db 16384 rel 16393 ',
      ),
    ).toEqual({kind: 'lock', xid: 758, oid: '16384/16393'})
    expect(
      parseWalLine(
        'rmgr: Transaction len (rec/tot):    293/   293, tx:        752, lsn: 0/01945148, prev 0/01945100, desc: PREPARE gid p1: 2026-11-24 18:31:58.907799 UTC',
      ),
    ).toEqual({kind: 'prepare', xid: 752})
  })
})

describe('other lines', () => {
  it('name what TRUNCATE emptied, with wal_level = logical', () => {
    expect(
      parseWalLine(
        'rmgr: Heap        len (rec/tot):     46/    46, tx:        767, lsn: 0/0198DCD8, prev 0/0198DC88, desc: TRUNCATE flags: [CASCADE], nrelids: 2, relids: [16416, 16419]',
      ),
    ).toEqual({kind: 'truncate', xid: 767, oids: ['16416', '16419']})
  })

  it('name new files', () => {
    expect(
      parseWalLine(
        'rmgr: Storage     len (rec/tot):     42/    42, tx:        757, lsn: 0/0194A210, prev 0/0194A1E0, desc: CREATE base/16384/16401',
      ),
    ).toEqual({kind: 'create', xid: 757, relation: '1663/16384/16401'})
  })

  it.each([
    'rmgr: Heap        len (rec/tot):     54/    54, tx:        754, lsn: 0/01945430, prev 0/01945400, desc: LOCK xmax: 754, off: 5, infobits: [LOCK_ONLY, EXCL_LOCK], flags: 0x00, blkref #0: rel 1663/16384/16386 blk 0',
    'rmgr: Heap2       len (rec/tot):     58/    58, tx:          0, lsn: 0/015615C0, prev 0/01561598, desc: PRUNE_ON_ACCESS snapshotConflictHorizon: 751, isCatalogRel: F, nplans: 0, nredirected: 0, ndead: 2, nunused: 0, dead: [2, 14], blkref #0: rel 1663/5/16384 blk 2',
    'rmgr: Heap2       len (rec/tot):     60/    60, tx:        768, lsn: 0/01992850, prev 0/01992818, desc: NEW_CID rel: 1663/16384/1249, tid: 63/53, cmin: 4294967295, cmax: 2, combo: 4294967295',
    'rmgr: Transaction len (rec/tot):     78/    78, tx:        767, lsn: 0/0198DA48, prev 0/0198BEE8, desc: INVALIDATION ; inval msgs: catcache 55 catcache 54 relcache 16416',
    'pg_waldump: error: error in WAL record at 0/1992BF0: invalid record length at 0/1992DC8: expected at least 24, got 0',
    '',
  ])('say nothing of use: %s', line => expect(parseWalLine(line)).toBeNull())

  it('are none of our business when they are cut in the middle', () => {
    for (
      let length = 0;
      length <
      'rmgr: Transaction len (rec/tot):    693/   693, tx:        760, lsn: 0/019682F8, prev 0/019682C0, desc: COMMIT'
        .length;
      length++
    ) {
      expect(parseWalLine(commitOfDrop.slice(0, length))).toBeNull()
    }
  })
})
