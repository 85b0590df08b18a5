// What a plan asks of the lab: how far it may go to get the last WAL, and what it finds out before anything is made.
import {describe, expect, it} from 'vitest'
import {fakeArchive, type FakeArchive, type FakeArchiveOptions} from '../../test/fakes/fake-archive.ts'
import {fullBackup} from '../../test/fakes/fake-backup.ts'
import {FakeClock} from '../../test/fakes/fake-clock.ts'
import {portsOf} from '../../test/fakes/fake-recovery-ports.ts'
import type {RestoreTarget} from '../model/backup.ts'
import {prepareRestore, type Thoroughness} from './prepare-restore.ts'
import {requireTarget, restoreRequest, type RestoreRequest} from './restore-request.ts'

const latest: RestoreTarget = {kind: 'latest'}
const held: RestoreTarget = {kind: 'lsn', lsn: 0x380_0000n, inclusive: true}
/** Behind the three segments of the archive, and written. */
const unarchived: RestoreTarget = {kind: 'lsn', lsn: 0x480_0000n, inclusive: true}

const archive = (options: Partial<FakeArchiveOptions> = {}): FakeArchive =>
  fakeArchive({backups: [fullBackup('a', 1), fullBackup('b', 2)], ...options})
/** The primary has written a segment more, and the archive does not get it. */
const stuck: Partial<FakeArchiveOptions> = {
  answers: [
    [/pg_stat_archiver/, '000000010000000000000004|2026-11-29 02:00:00+00|1'],
    [/pg_switch_wal/, '7|1|0/5000000|1767225600000'],
    [/hl_archive/, '7|1|0/5000000|'],
  ],
}

async function prepare(fake: FakeArchive, target: RestoreTarget, how: Thoroughness) {
  const clock = new FakeClock()
  const prepared = await clock.run(prepareRestore(portsOf(fake, clock), fake.cluster, {target, damage: null}, {how}))
  return {prepared, tookMs: clock.nowMs(), switched: fake.log.some(line => line.includes('pg_logical_emit_message'))}
}

describe('a plan', () => {
  it.each<readonly [string, RestoreTarget, Thoroughness, boolean]>([
    ['that is only shown', latest, 'look', false],
    ['of what is in the archive', held, 'archive', false],
    ['that is carried out', latest, 'archive', true],
  ])('%s switches WAL: %#', async (_, target, how, expected) =>
    expect((await prepare(archive(), target, how)).switched).toBe(expected),
  )

  it('that is shown counts on what the primary has written, as long as that is archived', async () => {
    const behind = archive({answers: [[/hl_archive/, '7|1|0/5000000|']]})
    expect((await prepare(behind, unarchived, 'look')).prepared.plan.wal.last).toBe('000000010000000000000004')
    await expect(prepare(archive(stuck), unarchived, 'look')).rejects.toMatchObject({code: 'TARGET_UNREACHABLE'})
  })

  it.each(['look', 'archive'] as const)('of an archive that gets nothing is made with what is there: %s', async how => {
    const {prepared, tookMs} = await prepare(archive(stuck), latest, how)
    expect(prepared.plan.losses).toContain('16777216 bytes of WAL at most: up to 0/5000000, after 0/4000000')
    expect(prepared.unarchived).toContain('pg1 cannot archive 000000010000000000000004')
    expect(tookMs).toBeLessThan(6_000)
    expect((await prepare(archive(stuck), held, how)).tookMs).toBe(0)
  })

  it('for a dropped table goes as far as the WAL can be read, and says so', async () => {
    const fake = archive()
    fake.damage.set('000000010000000000000003', {lastRecord: null, why: 'a bit is another'})
    const clock = new FakeClock()
    const request = {target: latest, damage: {kind: 'drop', table: 't.x'}} as const
    const {plan} = await clock.run(prepareRestore(portsOf(fake, clock), fake.cluster, request, {how: 'look'}))
    expect(plan.why).toContain(
      'the transaction is looked for up to 0/3000000 only, timeline 1: 000000010000000000000003 is damaged: a bit is another; what lies behind is not known',
    )
    await expect(prepare(fake, latest, 'look')).rejects.toMatchObject({code: 'ARCHIVE_GAP'})
  })

  it.each<readonly [string, RestoreRequest, 'refused' | 'told']>([
    ['to the end', {target: latest, damage: null}, 'refused'],
    ['to a position behind it', {target: {...held, lsn: 0x3f0_0000n}, damage: null}, 'refused'],
    ['to before a drop, wherever that is', {target: latest, damage: {kind: 'drop', table: 't.x'}}, 'told'],
  ])('%s looks for a tablespace that replay would make', async (_, request, outcome) => {
    const line =
      'rmgr: Tablespace len (rec/tot): 40/ 40, tx: 757, lsn: 0/03800000, prev 0/1, desc: CREATE 16400 "/mnt/fast"'
    const made = {
      answers: [[/pg_tablespace_location/, 'fast at /mnt/fast']] as const,
      programs: {'bash -euc': {stdout: line}},
    }
    const prepareFor = async (options: Partial<FakeArchiveOptions>) => {
      const fake = archive(options)
      const clock = new FakeClock()
      return clock.run(prepareRestore(portsOf(fake, clock), fake.cluster, request, {how: 'look'}))
    }
    const what = 'a tablespace in /mnt/fast is made at 0/3800000, and a restore carries none'
    if (outcome === 'refused')
      await expect(prepareFor(made)).rejects.toMatchObject({
        code: 'TARGET_UNREACHABLE',
        message: expect.stringContaining(what) as string,
      })
    else expect((await prepareFor(made)).plan.why).toContain(what)
    expect((await prepareFor({programs: made.programs})).plan.why).not.toContain('tablespace')
  })

  it('is not refused by a primary that takes a minute, but tells of it', async () => {
    const fake = archive({answers: [[/pg_switch_wal/, '7|1|0/5000000|1767225600000']]})
    const {prepared} = await prepare(fake, latest, 'archive')
    expect(prepared.unarchived).toContain('the archive to get WAL up to 0/5000000')
  })

  it('begins at the backup that reaches a transaction, wherever the WAL holds it', async () => {
    const line =
      'rmgr: Transaction len (rec/tot): 34/ 34, tx: 757, lsn: 0/01800000, prev 0/1, desc: COMMIT 2026-11-24 18:31:58.909372 UTC'
    const fake = archive({programs: {'bash -euc': {stdout: line}}})
    const {prepared} = await prepare(fake, {kind: 'xid', xid: 757, inclusive: true}, 'look')
    expect(prepared.plan.chain.map(({id}) => id)).toEqual(['a'])
    expect(prepared.plan.why).toContain('the newest that ended at or before the target')
  })

  it.each<readonly [string, RestoreTarget]>([
    ['a transaction', {kind: 'xid', xid: 757, inclusive: true}],
    ['a name', {kind: 'name', name: 'x'}],
    ['a time', {kind: 'time', epochMs: Date.UTC(2099, 0), inclusive: true}],
  ])('for %s that no WAL holds is refused before anything is made', async (_, target) => {
    for (const how of ['look', 'archive'] as const) {
      const fake = archive()
      await expect(prepare(fake, target, how)).rejects.toMatchObject({code: 'TARGET_UNREACHABLE'})
      expect(fake.log.filter(line => line.startsWith('made '))).toEqual([])
    }
  })

  it.each([
    ['cannot be read', 'pg_waldump: error: could not open file "000000010000000000000004": Permission denied'],
    ['ends before it had come there', 'pg_waldump: error: error in WAL record at 0/3800000: invalid record length'],
  ])('that is shown says that nobody knows where the WAL of the primary %s', async (_what, stderr) => {
    const fake = archive({programs: {'bash -uc': {exitCode: 1, stderr}}})
    const {prepared} = await prepare(fake, {kind: 'xid', xid: 757, inclusive: true}, 'look')
    expect(prepared.plan.why).toContain('whether WAL that is not archived yet does is not known')
    expect(prepared.plan.why).toContain(stderr.slice(-20))
    await expect(prepare(fake, {kind: 'xid', xid: 757, inclusive: true}, 'archive')).rejects.toMatchObject({
      code: 'TARGET_UNREACHABLE',
    })
  })

  it('that is shown is refused where the WAL of the primary was read to where it had come', async () => {
    const stderr = 'pg_waldump: error: error in WAL record at 0/3FFFFC8: invalid record length at 0/4000000: got 0'
    const fake = archive({programs: {'bash -uc': {exitCode: 1, stderr}}})
    await expect(prepare(fake, {kind: 'xid', xid: 757, inclusive: true}, 'look')).rejects.toMatchObject({
      code: 'TARGET_UNREACHABLE',
    })
  })
})

describe('flags', () => {
  it.each([
    [{beforeStatement: ''}, 'USAGE'],
    [{beforeStatement: ' '}, 'USAGE'],
    [{beforeStatement: 'a*'}, 'USAGE'],
    [{beforeStatement: '('}, 'USAGE'],
    [{beforeDrop: ''}, 'TARGET_INVALID'],
    [{beforeDrop: 'a.b.c'}, 'TARGET_INVALID'],
    [{beforeDrop: 'f."un'}, 'TARGET_INVALID'],
    [{beforeDrop: 'f.b1; drop'}, 'TARGET_INVALID'],
    [{beforeDrop: 'f.b1', inclusive: false}, 'TARGET_INVALID'],
    [{beforeStatement: 'x', inclusive: false}, 'TARGET_INVALID'],
    [{beforeDrop: 'f.b1', to: 'latest'}, 'TARGET_INVALID'],
    [{beforeDrop: 'f.b1', beforeStatement: 'x'}, 'TARGET_INVALID'],
    [{to: '9999-12-31T23:59:59.999999Z'}, 'TARGET_INVALID'],
    [{to: '9999-12-31T23:59:59-01:00'}, 'TARGET_INVALID'],
    [{to: '0000-01-01T00:00:00Z'}, 'TARGET_INVALID'],
    [{}, 'TARGET_INVALID'],
  ])('%j are refused by their shape: %s', (wanted, code) => {
    let thrown: unknown = null
    try {
      requireTarget(wanted)
    } catch (error) {
      thrown = error
    }
    expect(thrown).toMatchObject({code})
  })

  it('of a statement that failed are refused by the log alone', async () => {
    const {cluster} = archive()
    const log = [
      '2026-11-29 02:00:00.000 UTC [7] 3/4 0 a@hl LOG:  statement: drop table t',
      '2026-11-29 02:00:00.001 UTC [7] 3/4 0 a@hl ERROR:  table "t" does not exist',
      '2026-11-29 02:00:00.001 UTC [7] 3/4 0 a@hl STATEMENT:  drop table t',
    ].join('\n')
    await expect(
      restoreRequest({beforeStatement: 'drop'}, {...cluster, logs: async () => Promise.resolve(log)}),
    ).rejects.toMatchObject({
      code: 'TARGET_UNREACHABLE',
      message: 'what matches /drop/i failed (table "t" does not exist) and changed nothing',
    })
  })

  it('of a statement that no log holds are refused, with how many there were', async () => {
    const {cluster} = archive()
    const logs = {
      ...cluster,
      logs: async () =>
        Promise.resolve('2026-11-29 02:00:00.000 UTC [7] a@hl LOG:  statement: delete from t\nLOG:  odd\nof a program'),
    }
    await expect(restoreRequest({beforeStatement: 'drop'}, logs)).rejects.toMatchObject({
      code: 'TARGET_UNREACHABLE',
      message: 'none of 3 logged statements matches /drop/i; 3 entries of the logs could not be read',
    })
    const gone = {...logs, logs: async (name: string) => (name === 'pg2' ? Promise.reject(new Error('no')) : '')}
    await expect(restoreRequest({beforeStatement: 'drop'}, gone)).rejects.toMatchObject({
      message: 'none of 0 logged statements matches /drop/i; the log of pg2 could not be read at all',
    })
  })
})
