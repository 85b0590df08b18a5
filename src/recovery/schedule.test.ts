// The schedule of a lab's backups on a fake archive: which locks it takes, what it notes, and how it ends. Not here:
// what is due (src/backup/schedule).
import {describe, expect, it} from 'vitest'
import {fakeArchive, untilRemoved, type FakeArchive, type FakeArchiveOptions} from '../../test/fakes/fake-archive.ts'
import {fullBackup} from '../../test/fakes/fake-backup.ts'
import {FakeClock} from '../../test/fakes/fake-clock.ts'
import {portsOf} from '../../test/fakes/fake-recovery-ports.ts'
import type {Outcome, ScheduleSettings} from '../backup/schedule/decide-due.ts'
import {scheduleBackups, type ScheduleOptions} from './schedule.ts'

const hourMs = 3_600_000
const journal = 'sh -euc [ ! -f /archive/schedule.ndjson'
const appending = 'sh -euc umask 077; cat >>/archive/schedule.ndjson'

function worldOf(settings: ScheduleSettings, options: Partial<FakeArchiveOptions> = {}) {
  const programs = {[journal]: {stdout: ''}, ...options.programs}
  const fake = fakeArchive({backups: [], ...options, programs})
  const clock = new FakeClock()
  const stop = new AbortController()
  const told: Outcome[] = []
  const ports = portsOf(fake, clock, stop.signal)
  const run = async (change: Partial<ScheduleOptions> = {}) =>
    clock.run(
      scheduleBackups(ports, fake.cluster, {
        settings,
        content: false,
        once: true,
        random: {next: () => 0.5},
        bytesText: bytes => `${bytes} B`,
        tell: outcome => void told.push(outcome),
        ...change,
      }),
    )
  return {fake, clock, stop, told, said: ports.said, run}
}

const locking = ({log}: FakeArchive): readonly string[] => log.filter(line => /^(?:un)?locked /.test(line))
const noted = ({log}: FakeArchive): number => log.filter(line => line.startsWith(appending)).length
const asItsOwn = (...inside: readonly string[]): readonly string[] => [
  'locked hl-lab-lock-schedule',
  ...inside,
  'unlocked hl-lab-lock-schedule',
]
const oneTask = ['locked hl-lab-lock', 'unlocked hl-lab-lock']

describe('a schedule', () => {
  it('holds the lab only while it does something, and remembers what came of it', async () => {
    const {fake, told, run} = worldOf({fullEveryMs: hourMs})
    expect(await run()).toEqual({done: 1, failed: 0, postponed: 0})
    expect(told).toMatchObject([{task: 'full', ok: true, backup: '20260105T000000-full'}])
    expect([locking(fake), noted(fake)]).toEqual([asItsOwn(...oneTask), 1])
  })

  it.each<readonly [string, Partial<FakeArchiveOptions>, boolean, string]>([
    ['without an archive', {archive: 'none'}, false, 'ARCHIVE_MISSING'],
    ['that records content of an encrypted archive', {encrypted: true}, true, 'CONFIG_INVALID'],
  ])('is refused %s, before anything is taken', async (_what, options, content, code) => {
    const {fake, run} = worldOf({fullEveryMs: hourMs}, options)
    await expect(run({content})).rejects.toMatchObject({code})
    expect(fake.log).toEqual([])
  })

  it('is refused where the lab has one already', async () => {
    const {fake, run} = worldOf({fullEveryMs: hourMs})
    fake.containers.set('hl-lab-lock-schedule', {'hl.lab': 'lab', 'hl.lock.what': 'hl', 'hl.lock.host': 'elsewhere'})
    await expect(run()).rejects.toMatchObject({
      code: 'LAB_BUSY',
      next: expect.arrayContaining([expect.stringContaining('one schedule is enough')]) as string[],
    })
    expect(fake.log).toEqual([])
  })

  it('postpones what is due while somebody works on the lab, and remembers nothing of it', async () => {
    const {fake, told, said, run} = worldOf({fullEveryMs: hourMs})
    fake.lock('lab', 'hl failover')
    expect(await run()).toEqual({done: 0, failed: 0, postponed: 1})
    expect([told, noted(fake), said]).toEqual([[], 0, ['full waits: somebody else works on the lab']])
  })

  it('counts a task that fails, remembers it, and lets go of the lab', async () => {
    const {fake, told, run} = worldOf({fullEveryMs: hourMs}, {programs: {pg_basebackup: {exitCode: 1, stderr: 'full'}}})
    expect(await run()).toEqual({done: 0, failed: 1, postponed: 0})
    expect(told).toMatchObject([{ok: false, detail: 'BACKUP_FAILED: pg_basebackup from pg3 failed: full'}])
    expect([locking(fake), noted(fake)]).toEqual([asItsOwn(...oneTask), 1])
  })

  it('of an encrypted archive keeps the words of a program out of what it remembers', async () => {
    const {told, said, run} = worldOf(
      {fullEveryMs: hourMs},
      {encrypted: true, programs: {'backup-push-encrypted': {exitCode: 1, stderr: 'could not read table secret'}}},
    )
    await run()
    expect(told).toMatchObject([{detail: 'BACKUP_FAILED: its words are not kept beside an encrypted archive'}])
    expect(said.at(-1)).toContain('could not read table secret')
  })

  it('goes on where the outcome could not be remembered', async () => {
    const {fake, said, run} = worldOf({fullEveryMs: hourMs}, {programs: {[appending]: {exitCode: 1, stderr: 'full'}}})
    expect(await run()).toMatchObject({done: 1})
    expect(said.at(-1)).toMatch(/^the outcome could not be remembered: .*full/)
    expect(fake.locks()).toEqual([])
  })

  it('does not begin where its journal cannot be read, and lets go of its lock', async () => {
    const {fake, run} = worldOf({fullEveryMs: hourMs}, {programs: {[journal]: {exitCode: 1, stderr: 'damaged'}}})
    await expect(run()).rejects.toMatchObject({code: 'BACKUP_FAILED'})
    expect(locking(fake)).toEqual(asItsOwn())
  })

  it('says that the archive is empty where there is no primary either', async () => {
    const {fake, run} = worldOf({fullEveryMs: hourMs})
    fake.primary = null
    fake.isEmpty = true
    await expect(run()).rejects.toMatchObject({code: 'ARCHIVE_MISSING', next: ['hl status']})
    expect(fake.locks()).toEqual([])
  })

  it('tells its state at each look, and backs up all the same where nobody can be told', async () => {
    const {said, run} = worldOf({fullEveryMs: hourMs})
    const publish = async (): Promise<never> => {
      throw new Error('no room')
    }
    expect(await run({publish})).toMatchObject({done: 1})
    expect(said.filter(text => text.includes('metrics'))).toEqual(['the metrics could not be written: no room'])
  })

  it('does not remove what a recovery copy reads', async () => {
    const backups = [fullBackup('a', 1), fullBackup('b', 2)]
    const {fake, said, run} = worldOf({retention: {keepFull: 1}}, {backups, hasCopy: true})
    expect(await run()).toEqual({done: 0, failed: 0, postponed: 1})
    expect([fake.backups.length, said[0]]).toEqual([2, expect.stringContaining('recovery copy')])
    expect(locking(fake)).toEqual(asItsOwn())
  })

  it('verifies and removes what is due, each under a lock of its own', async () => {
    const backups = [fullBackup('a', 1), fullBackup('b', 2)]
    const {fake, told, run} = worldOf({verifyEveryMs: hourMs, retention: {keepFull: 1}}, {backups})
    expect(await run()).toMatchObject({failed: 0, postponed: 0})
    expect(told.map(({task, ok}) => [task, ok])).toEqual([
      ['verify', true],
      ['verify', true],
      ['prune', true],
    ])
    expect(locking(fake)).toEqual(asItsOwn(...oneTask, ...oneTask, ...oneTask))
  })
})

describe('a schedule at Ctrl-C', () => {
  it('while nothing is due ends, and lets go of its lock', async () => {
    const {fake, clock, stop, run} = worldOf({fullEveryMs: 24 * hourMs}, {backups: [fullBackup('a', 1)]})
    clock.after(60_000, () => stop.abort('SIGINT'))
    expect(await run({once: false})).toMatchObject({failed: 0})
    expect([clock.nowMs(), fake.locks()]).toEqual([60_000, []])
  })

  it('finishes a backup in hand, and begins nothing more', async () => {
    const {fake, stop, told, run} = worldOf({fullEveryMs: hourMs, verifyEveryMs: hourMs})
    fake.programs['pg_basebackup'] = async () => {
      stop.abort('SIGINT')
      return Promise.resolve({})
    }
    expect(await run({once: false})).toEqual({done: 1, failed: 0, postponed: 0})
    expect([told.map(({task}) => task), noted(fake), fake.locks()]).toEqual([['full'], 1, []])
  })

  it('gives a restore up: nothing is noted of it, and nothing is left', async () => {
    const {fake, stop, told, run} = worldOf({restoreEveryMs: hourMs}, {backups: [fullBackup('a', 1)]})
    fake.programs['recovery wait'] = untilRemoved(fake.log, () => stop.abort('SIGINT'))
    expect(await run({once: false})).toEqual({done: 0, failed: 0, postponed: 0})
    expect([told, noted(fake)]).toEqual([[], 0])
    expect([[...fake.containers.keys()], [...fake.volumes.keys()]]).toEqual([[], []])
  })
})
