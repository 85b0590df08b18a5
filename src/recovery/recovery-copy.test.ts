import {describe, expect, it} from 'vitest'
import {fakeArchive, fullBackup, untilRemoved, type FakeArchive, type Programs} from '../../test/fakes/fake-archive.ts'
import {FakeClock} from '../../test/fakes/fake-clock.ts'
import {HlError} from '../model/errors.ts'
import type {PreparedRestore} from './prepare-restore.ts'
import {createCopy, planCopy, type CopyRequest} from './recovery-copy.ts'
import type {RecoveryPorts} from './recovery-ports.ts'

const at: CopyRequest = {at: {target: {kind: 'lsn', lsn: 0x380_0000n, inclusive: true}, damage: null}}
const portsOf = (fake: FakeArchive, clock: FakeClock, signal?: AbortSignal): RecoveryPorts => ({
  docker: fake.docker,
  clock,
  signal,
  note: () => undefined,
  onPhase: () => undefined,
})
const madeOf = ({log}: FakeArchive): readonly string[] => log.filter(line => line.startsWith('made '))
const endOf = ({log}: FakeArchive): readonly string[] => log.slice(-2)

/** Plans, lets `between` change the world, and makes the copy. */
async function create(
  fake: FakeArchive,
  {between = () => undefined, signal}: {readonly between?: () => void; readonly signal?: AbortSignal} = {},
) {
  const clock = new FakeClock()
  const replanned: PreparedRestore[] = []
  const shown = await planCopy(portsOf(fake, clock), fake.cluster, at)
  between()
  const onReplanned = (now: PreparedRestore): unknown => replanned.push(now)
  const answer = await createCopy(portsOf(fake, clock, signal), fake.cluster, at, shown, {onReplanned})
  return {answer, replanned}
}

describe('a recovery copy', () => {
  it('is planned under the lock, made, and stands at its target', async () => {
    const fake = fakeArchive({backups: [fullBackup('a', 1), fullBackup('b', 2)]})
    const {answer, replanned} = await create(fake)
    expect(answer).toMatchObject({chain: ['b'], mode: 'paused', lsn: '0/4000000'})
    expect(replanned).toEqual([])
    const lock = fake.log.indexOf('locked hl-lab-lock')
    expect(fake.log.indexOf('made hl-lab-copy')).toBeGreaterThan(lock)
    expect(fake.log.slice(lock).some(line => line.includes('pg_logical_emit_message'))).toBe(true)
    expect(fake.log.at(-1)).toBe('unlocked hl-lab-lock')
  })

  it('is planned again when a backup was removed since it was shown', async () => {
    const fake = fakeArchive({backups: [fullBackup('a', 1), fullBackup('b', 2)]})
    const {answer, replanned} = await create(fake, {between: () => fake.backups.pop()})
    expect(answer.chain).toEqual(['a'])
    expect(replanned.map(({plan}) => plan.chain.map(({id}) => id))).toEqual([['a']])
  })

  it('is refused, and nothing made, when no backup is left', async () => {
    const fake = fakeArchive({backups: [fullBackup('a', 1)]})
    await expect(create(fake, {between: () => fake.backups.pop()})).rejects.toMatchObject({code: 'TARGET_UNREACHABLE'})
    expect(madeOf(fake)).toEqual([])
    expect(fake.log.at(-1)).toBe('unlocked hl-lab-lock')
  })

  it('is refused, and nothing made or asked, without an archive', async () => {
    const fake = fakeArchive({backups: [], archive: 'none'})
    await expect(create(fake)).rejects.toMatchObject({code: 'ARCHIVE_MISSING'})
    expect(fake.log).toEqual([])
  })

  it('is refused where there is one, which stays', async () => {
    const fake = fakeArchive({backups: [fullBackup('a', 1)], hasCopy: true})
    await expect(create(fake)).rejects.toMatchObject({code: 'LAB_SETTINGS_DIFFER'})
    expect(fake.log.filter(line => /^(?:made|removed) /.test(line))).toEqual([])
  })

  it.each(['backup-fetch', 'backup-compare', 'recovery start', 'recovery wait'])(
    'is taken away at Ctrl-C during %s',
    async phase => {
      const stop = new AbortController()
      const fake = fakeArchive({backups: [fullBackup('a', 1)]})
      fake.programs[phase] = untilRemoved(fake.log, () => stop.abort(new Error('SIGINT')))
      await expect(create(fake, {signal: stop.signal})).rejects.toThrow('SIGINT')
      expect(endOf(fake)).toEqual(['removed hl-lab-copy', 'unlocked hl-lab-lock'])
      expect(fake.log.filter(line => line.startsWith(phase))).toHaveLength(1)
    },
  )

  it.each<readonly [string, Programs, string]>([
    ['a recovery that fails', {'recovery wait': {exitCode: 1, stderr: 'FATAL: no'}}, 'RESTORE_FAILED'],
    ['a backup whose bytes are bad', {'backup-compare': {exitCode: 1, stdout: 'base/1 differs'}}, 'BACKUP_INVALID'],
    [
      'a container that dies',
      {
        'recovery start': async () =>
          Promise.reject(new HlError('DOCKER_COMMAND_FAILED', 'no such container', {next: ['x']})),
      },
      'DOCKER_COMMAND_FAILED',
    ],
  ])('is taken away after %s', async (_what, programs, code) => {
    const fake = fakeArchive({backups: [fullBackup('a', 1)], programs})
    await expect(create(fake)).rejects.toMatchObject({code})
    expect(endOf(fake)).toEqual(['removed hl-lab-copy', 'unlocked hl-lab-lock'])
  })
})
