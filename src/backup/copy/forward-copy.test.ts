// Making and moving a copy, with a container that only remembers. What PostgreSQL does of it is seen in
// test/e2e/rewind.test.ts.
import {describe, expect, it} from 'vitest'
import {backupOf} from '../../../test/fakes/fake-backup.ts'
import {FakeClock} from '../../../test/fakes/fake-clock.ts'
import type {ArchiveListing, BackupRecord, RestoreTarget} from '../../model/backup.ts'
import type {ExecResult, RestoreNode} from '../../model/ports.ts'
import type {RestoreJob} from '../restore/restore-data.ts'
import {planRestore} from '../restore/plan-restore.ts'
import {parseCopy, type Copy, type CopyState} from './copy-state.ts'
import {forward} from './forward-copy.ts'
import {follow} from './make-copy.ts'

const segmentBytes = 16_777_216
const full: BackupRecord = backupOf({})
const listing: ArchiveListing = {
  systemIdentifier: '7',
  segmentBytes,
  backups: [full],
  histories: new Map(),
  files: [1, 2, 3].map(number => ({name: `00000001000000000000000${number}`, bytes: segmentBytes})),
}
const jobTo = (target: RestoreTarget): RestoreJob => ({
  listing,
  plan: planRestore(listing, target),
  damage: null,
  endLsn: 0x400_0000n,
  onPhase: () => undefined,
})
const paused: CopyState = {
  chain: ['f'],
  timeline: 1,
  mode: 'paused',
  delayMs: 0,
  target: 'LSN 0/2000000',
  lastCommit: '2026-11-24T10:05:00Z',
}
const follows: CopyState = {...paused, mode: 'follow', delayMs: 60_000, target: 'follows the archive 1m 0s behind'}
const to: RestoreTarget = {kind: 'lsn', lsn: 0x280_0000n, inclusive: true}

/** Answers by the beginning of the command; `then` is told of each. */
function nodeOf(
  answers: Readonly<Record<string, Partial<ExecResult>>>,
  then: (words: string) => void = () => undefined,
) {
  const ran: string[] = []
  const saved: CopyState[] = []
  const node: RestoreNode = {
    exec: async (argv, {stdin}) => {
      const words = argv.join(' ')
      ran.push(words)
      then(words)
      if (words.includes('>/var/lib/postgresql/copy.json')) saved.push(JSON.parse(stdin ?? '') as CopyState)
      const usual = words.startsWith('cat')
        ? JSON.stringify(saved.at(-1))
        : words.includes('pg_is_in_recovery')
          ? 't|0/2800000|0/2000028|1|'
          : words === 'recovery wait'
            ? '0/2800060|2026-11-24 10:09:00+00|1|t'
            : ''
      const [, answer] = Object.entries(answers).find(([beginning]) => words.startsWith(beginning)) ?? []
      return Promise.resolve({exitCode: 0, stdout: usual, stderr: '', ...answer})
    },
    remove: async () => Promise.resolve(),
  }
  return {
    node,
    saved,
    ran,
    recoveries: () =>
      ran
        .filter(words => words.startsWith('recovery'))
        .map(words =>
          words
            .split(' ')
            .filter(word => !word.startsWith('restore_command') && !/^(wal-get|"%|\/archive|\d{8}:)/.test(word))
            .join(' '),
        ),
  }
}

const standing = (state: CopyState): Copy => parseCopy(state, 't|0/2000000|0/1000028|1|')
const move = async (
  node: RestoreNode,
  state: CopyState,
  target: RestoreTarget,
  signal?: AbortSignal,
): Promise<CopyState> => {
  const clock = new FakeClock()
  return (await clock.run(forward(node, clock, jobTo(target), {copy: standing(state), target: 'further', signal})))
    .state
}

describe('a copy that follows', () => {
  it('is compared with its manifest before PostgreSQL sees it', async () => {
    const {node, ran, saved} = nodeOf({'backup-fetch': {stdout: '1000'}})
    const clock = new FakeClock()
    await clock.run(follow(node, clock, jobTo({kind: 'latest'}), 60_000))
    expect(ran.slice(0, 3).map(words => words.split(' ').slice(0, 2).join(' '))).toEqual([
      'backup-fetch /archive/7',
      'backup-compare /var/lib/postgresql/data',
      'recovery follow',
    ])
    expect(saved[0]).toMatchObject({mode: 'follow', delayMs: 60_000, lastCommit: '2026-11-24T10:01:00Z'})
  })

  it('is not followed where it is something else', async () => {
    const {node, ran} = nodeOf({'backup-compare': {exitCode: 1, stderr: 'checksum mismatch'}})
    const clock = new FakeClock()
    await expect(clock.run(follow(node, clock, jobTo({kind: 'latest'}), 0))).rejects.toMatchObject({
      code: 'BACKUP_INVALID',
    })
    expect(ran.some(words => words.startsWith('recovery'))).toBe(false)
  })
})

describe('moving a copy on', () => {
  it('stops it, recovers on the same data, and notes where it stands', async () => {
    const {node, recoveries} = nodeOf({})
    expect(await move(node, paused, to)).toMatchObject({
      mode: 'paused',
      target: 'further',
      lastCommit: '2026-11-24T10:09:00Z',
    })
    expect(recoveries()).toEqual([
      'recovery stop',
      'recovery start recovery_target_timeline=1 recovery_target_lsn=0/2800000 recovery_target_inclusive=on recovery_target_action=pause',
      'recovery wait',
    ])
  })

  it('to the end of the archive makes it follow: without a target recovery would promote it', async () => {
    const {node, recoveries} = nodeOf({})
    expect(await move(node, paused, {kind: 'latest'})).toMatchObject({mode: 'follow', delayMs: 0})
    expect(recoveries().at(-1)).toBe('recovery follow recovery_min_apply_delay=0ms recovery_target_timeline=latest')
  })

  it('that fails lets one that followed follow on, and says so', async () => {
    const {node, recoveries, saved} = nodeOf({'recovery start': {exitCode: 1, stderr: 'FATAL:  no'}})
    await expect(move(node, follows, to)).rejects.toMatchObject({
      code: 'RESTORE_FAILED',
      message: 'starting the recovery failed: FATAL:  no; the copy follows again, from 0/2800000 on',
    })
    expect(recoveries().slice(-2)).toEqual([
      'recovery stop',
      'recovery follow recovery_min_apply_delay=60000ms recovery_target_timeline=latest',
    ])
    expect(saved.at(-1)).toEqual(follows)
  })

  it('that fails puts one that stood back to where it stood', async () => {
    let waits = 0
    const {node, recoveries, saved} = nodeOf({}, words => {
      if (words === 'recovery wait' && waits++ === 0) throw new Error('docker is gone')
    })
    await expect(move(node, paused, to)).rejects.toThrow('docker is gone')
    expect(recoveries().slice(-3)).toEqual([
      'recovery stop',
      'recovery start recovery_target_lsn=0/2000000 recovery_target_inclusive=off recovery_target_timeline=1 recovery_target_action=pause',
      'recovery wait',
    ])
    expect(saved.at(-1)).toEqual(paused)
  })

  it('that fails behind that leaves it where the replay ended, and says so', async () => {
    const {node, saved} = nodeOf({'recovery start': {}})
    const failing: RestoreNode = {
      ...node,
      exec: async (argv, options) =>
        argv.some(word => word === 'recovery_target_lsn=0/2800000' || word === 'recovery_target_lsn=0/2000000')
          ? {exitCode: 1, stdout: '', stderr: 'FATAL:  before consistent recovery point'}
          : node.exec(argv, options),
    }
    await expect(move(failing, paused, to)).rejects.toMatchObject({
      message: expect.stringContaining('the copy was moved on to 0/2800000 meanwhile, and stands there') as string,
    })
    expect(saved.at(-1)).toMatchObject({mode: 'paused', target: 'where moving on to further was cut off'})
  })

  describe('to before a statement', () => {
    const statement = {
      session: 'a0',
      pid: 7,
      user: 'u',
      database: 'hl',
      text: 'delete from t.x',
      startedMs: Date.UTC(2026, 10, 24, 10, 9),
      endedMs: Date.UTC(2026, 10, 24, 10, 11),
      xid: null,
      failed: null,
    }
    const end = (xid: number, lsn: string, at: string): string =>
      `rmgr: Transaction len (rec/tot):     34/    34, tx: ${xid}, lsn: ${lsn}, prev 0/1, desc: COMMIT ${at} UTC`
    const deleted = (xid: number): string =>
      `rmgr: Heap        len (rec/tot):     54/    54, tx: ${xid}, lsn: 0/2A00000, prev 0/1, desc: DELETE off: 1, flags: 0x00, blkref #0: rel 1663/5/100 blk 0`
    const table = {target: 0, oid: '5/100', name: 't.x', sqlName: 't.x', path: 'base/5/100', kin: []}

    /** The copy stands at 0/2000000; the first transaction after the statement ends far behind it. */
    async function moveBefore(wal: readonly string[]) {
      const {node, recoveries, saved} = nodeOf({})
      const answering: RestoreNode = {
        ...node,
        exec: async (argv, options) => {
          const usual = await node.exec(argv, options)
          const {stdin = ''} = options
          if (argv[0] === 'dd') return {...usual, stdout: argv.includes('skip=0') ? wal.join('\n') : ''}
          if (stdin.includes('pg_database WHERE')) return {...usual, stdout: 't'}
          if (stdin.startsWith('WITH RECURSIVE wanted')) return {...usual, stdout: JSON.stringify([table])}
          return usual
        },
      }
      const found = {matches: [statement], statements: [statement], sessionOf: new Map(), unread: 0}
      const job: RestoreJob = {
        ...jobTo({kind: 'latest'}),
        damage: {kind: 'statement', pattern: /delete/, found},
      }
      const clock = new FakeClock()
      const moved = clock.run(forward(answering, clock, job, {copy: standing(paused), target: 'before'}))
      const outcome = await moved.then(
        () => 'moved',
        (error: unknown) => String(error),
      )
      return {outcome, recoveries: recoveries(), saved}
    }

    it('that is not found it stays where it stands: nothing was replayed to look for it', async () => {
      const {outcome, recoveries, saved} = await moveBefore([end(760, '0/2900000', '2026-11-24 10:10:00.000')])
      expect(outcome).toContain('no transaction to end before was found')
      expect(outcome).toContain('the copy stands where it stood')
      expect(recoveries.filter(words => words.includes('recovery_target')).map(words => words.split(' ')[2])).toEqual([
        'recovery_target_timeline=1',
        'recovery_target_lsn=0/2000000',
      ])
      expect(recoveries.join('\n')).not.toContain('0/2900000')
      expect(saved.at(-1)).toEqual(paused)
    })

    it('that is found it moves to just before that', async () => {
      const {outcome, recoveries} = await moveBefore([
        end(760, '0/2900000', '2026-11-24 10:10:00.000'),
        deleted(761),
        end(761, '0/2B00000', '2026-11-24 10:10:30.000'),
      ])
      expect(outcome).toBe('moved')
      expect(recoveries.slice(-2)).toEqual([
        'recovery start recovery_target_timeline=1 recovery_target_lsn=0/2B00000 recovery_target_inclusive=off recovery_target_action=pause',
        'recovery wait',
      ])
    })
  })

  it('is undone by Ctrl-C, which ends a replay under way', async () => {
    const stop = new AbortController()
    let waits = 0
    const {node, recoveries} = nodeOf({}, words => {
      if (words === 'recovery wait' && waits++ === 0) stop.abort('SIGINT')
    })
    await expect(move(node, paused, to, stop.signal)).rejects.toMatchObject({
      code: 'INTERRUPTED',
      message: 'interrupted; the copy stands where it stood',
    })
    expect(recoveries().filter(words => words === 'recovery stop').length).toBeGreaterThan(1)
  })
})
