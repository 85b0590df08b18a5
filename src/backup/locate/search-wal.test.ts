import {describe, expect, it} from 'vitest'
import {withoutEnv} from '../../../test/fakes/fake-archive.ts'
import type {ExecResult, RestoreNode} from '../../model/ports.ts'
import {formatLsn} from '../../model/lsn.ts'
import {searchWal} from './search-wal.ts'
import type {SearchRange} from './read-wal.ts'

const segmentBytes = 16_777_216

interface Table {
  readonly oid: number
  readonly name: string
}

interface World {
  /** By the place that recovery is brought to: `immediate`, or the LSN. */
  readonly catalogs: Readonly<Record<string, readonly Table[]>>
  /** What pg_waldump prints. */
  readonly wal: readonly string[]
  /** Places at which PostgreSQL promotes the server in place of pausing it. */
  readonly promotedAt?: readonly string[]
  readonly isCopy?: boolean
}

/** Data in a container, as PostgreSQL goes on with it: forward only, and no more once it was promoted. */
function searched({catalogs, wal, promotedAt = [], isCopy = false}: World) {
  const done: string[] = []
  let stands = 0n
  let place = ''
  let promoted = false
  const answer = (stdout = ''): ExecResult => ({exitCode: 0, stdout, stderr: ''})
  const start = (words: readonly string[]): ExecResult => {
    const lsn = words.find(word => word.startsWith('recovery_target_lsn='))?.slice(20)
    place = lsn ?? 'immediate'
    done.push(`look ${place}`)
    const at = lsn === undefined ? 0x200_0100n : BigInt(`0x${lsn.replace('0/', '')}`)
    if (promoted || at < stands) return {exitCode: 1, stdout: '', stderr: 'it is behind that, or promoted'}
    stands = at
    promoted = promotedAt.includes(place)
    return answer()
  }
  const sql = (text: string): string => {
    const there = catalogs[place] ?? []
    if (text.includes('pg_database WHERE datname = :')) return 't'
    if (text.includes('pg_inherits')) {
      const tables = there.filter(({name}) => name === 'h.t')
      const [file, kin] = [(oid: number) => `base/5/${oid}`, [] as string[]]
      return JSON.stringify(
        tables.map(({oid, name}) => ({target: 0, oid: `5/${oid}`, name, sqlName: name, path: file(oid), kin})),
      )
    }
    return ['5', ...there.map(({oid}) => `r 5/${oid} base/5/${oid}`)].join('\n')
  }
  const node: RestoreNode = {
    exec: async (argv, {stdin = ''}) => {
      const [program = '', word = '', ...rest] = withoutEnv(argv)
      if (program === 'recovery' && word === 'start') return Promise.resolve(start(rest))
      if (program === 'recovery' && word === 'wait')
        return Promise.resolve(answer(`${formatLsn(stands)}||1|${promoted ? 'f' : 't'}`))
      if (program === 'psql') return Promise.resolve(answer(sql(stdin)))
      if (program === 'dd') return Promise.resolve(answer(rest.includes('skip=0') ? `${wal.join('\n')}\n` : ''))
      return Promise.resolve(answer())
    },
    remove: async () => Promise.resolve(),
  }
  const range: SearchRange = {
    listing: {
      systemIdentifier: '7',
      segmentBytes,
      backups: [],
      files: [{name: '000000010000000000000002', bytes: segmentBytes}],
      histories: new Map(),
    },
    from: {timeline: 1, lsn: 0x200_0100n, atMs: 0},
    consistentLsn: 0x200_0100n,
    lineage: [{timeline: 1, fromLsn: 0n, toLsn: null}],
    endLsn: 0x300_0000n,
    ...(isCopy
      ? {}
      : {
          fetchAgain: async () => {
            done.push('fetched again')
            stands = 0n
            promoted = false
            return Promise.resolve()
          },
        }),
  }
  return {done, answer: searchWal(node, {kind: 'drop', table: 'h.t'}, range), standsAt: () => formatLsn(stands)}
}

const line = (manager: string, xid: number, lsn: string, desc: string): string =>
  `rmgr: ${manager} len (rec/tot):     42/    42, tx:        ${xid}, lsn: ${lsn}, prev 0/02000000, desc: ${desc}`
const made = (xid: number, at: string, oid: number): readonly string[] => [
  line('Storage', xid, `0/02${at}00`, `CREATE base/5/${oid}`),
  line('Transaction', xid, `0/02${at}80`, 'COMMIT 2026-11-30 00:00:01.000000 UTC'),
]
const dropped = (xid: number, at: string, oid: number): readonly string[] => [
  line('Standby', xid, `0/02${at}00`, `LOCK xid ${xid} db 5 rel ${oid} `),
  line(
    'Transaction',
    xid,
    `0/02${at}80`,
    `COMMIT 2026-11-30 00:00:02.000000 UTC; rels: base/5/${oid}; dropped stats: 2/5/${oid}; inval msgs: catcache 80`,
  ),
]

describe('the search for what dropped a table', () => {
  it('looks just before the commit at a table that was made after the backup, and stops there', async () => {
    const world = searched({
      catalogs: {'immediate': [], '0/2002080': [{oid: 300, name: 'h.t'}]},
      wal: [...made(10, '0010', 300), ...dropped(20, '0020', 300)],
    })
    await expect(world.answer).resolves.toMatchObject({kind: 'found', offending: {xid: 20, what: 'dropped h.t'}})
    expect([world.done, world.standsAt()]).toEqual([['look immediate', 'look 0/2002080'], '0/2002080'])
  })

  it('copies the data again where it had to look behind what it found', async () => {
    const world = searched({
      catalogs: {'immediate': [{oid: 100, name: 'h.t'}], '0/2004080': [{oid: 300, name: 'h.other'}]},
      wal: [...dropped(10, '0020', 100), ...made(11, '0030', 300), ...dropped(20, '0040', 300)],
    })
    await expect(world.answer).resolves.toMatchObject({kind: 'found', offending: {xid: 10}})
    expect([world.done, world.standsAt()]).toEqual([['look immediate', 'look 0/2004080', 'fetched again'], '0/0'])
  })

  it('copies the data again where PostgreSQL promoted it in place of pausing it', async () => {
    const world = searched({
      catalogs: {'immediate': [], '0/2002080': [{oid: 300, name: 'h.t'}]},
      wal: [...made(10, '0010', 300), ...dropped(20, '0020', 300)],
      promotedAt: ['immediate', '0/2002080'],
    })
    await expect(world.answer).resolves.toMatchObject({kind: 'found', offending: {xid: 20}})
    expect(world.done).toEqual(['look immediate', 'fetched again', 'look 0/2002080', 'fetched again'])
  })

  it('leaves a copy where it stands, and says what it did not look at', async () => {
    const world = searched({
      catalogs: {immediate: []},
      wal: [...made(10, '0010', 300), ...dropped(20, '0020', 300)],
      isCopy: true,
    })
    await expect(world.answer).resolves.toMatchObject({
      kind: 'ambiguous',
      candidates: [{xid: 20, what: 'took away a table that was made or renamed since'}],
    })
    expect(world.done).toEqual(['look immediate'])
  })

  it('of a copy that was promoted there is an error that says why', async () => {
    const {answer} = searched({catalogs: {immediate: []}, wal: [], promotedAt: ['immediate'], isCopy: true})
    await expect(answer).rejects.toMatchObject({
      code: 'RESTORE_FAILED',
      message: expect.stringContaining('more than 64 subtransactions') as string,
    })
  })

  it('is refused where nothing ever bore the name', async () => {
    const {answer} = searched({catalogs: {immediate: []}, wal: made(10, '0010', 300)})
    await expect(answer).rejects.toMatchObject({
      code: 'TARGET_UNREACHABLE',
      message: expect.stringContaining('none of 1 commits since took one of that name away') as string,
    })
  })
})
