import {describe, expect, it} from 'vitest'
import {fakeArchive, untilRemoved, type FakeArchive, type Programs} from '../../test/fakes/fake-archive.ts'
import {fullBackup} from '../../test/fakes/fake-backup.ts'
import {FakeClock} from '../../test/fakes/fake-clock.ts'
import {portsOf} from '../../test/fakes/fake-recovery-ports.ts'
import type {ConnectedLab} from '../lab/lifecycle/connect-lab.ts'
import {lookAtCopy} from '../lab/nodes/recovery-copy.ts'
import {rowsOf} from '../lab/psql.ts'
import {HlError} from '../model/errors.ts'
import type {PreparedRestore} from './prepare-restore.ts'
import {
  createCopy,
  dropCopy,
  forwardCopy,
  planCopy,
  queryCopy,
  showCopy,
  tableFromCopy,
  type CopyRequest,
} from './recovery-copy.ts'

const at: CopyRequest = {at: {target: {kind: 'lsn', lsn: 0x380_0000n, inclusive: true}, damage: null}}
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
    expect(fake.log.at(-1)).toBe('unlocked hl-lab-lock')
  })

  it('that PostgreSQL could not pause says that it was promoted, and is closed before anybody writes to it', async () => {
    const fake = fakeArchive({
      backups: [fullBackup('a', 1)],
      programs: {'recovery wait': {stdout: '0/4000000||2|f\nrecovery stopping after WAL location (LSN) "0/3800000"'}},
    })
    let isOpen = true
    fake.programs['recovery follow'] = async () => Promise.resolve(((isOpen = false), {}))
    fake.answers.push([/redo_lsn/, 'f|0/4000000|0/3000028|2|'])
    const {answer} = await create(fake)
    expect(answer.mode).toBe('ended')
    expect(answer.target).toContain('promoted there, since a transaction with more than 64 subtransactions was open')
    expect(isOpen).toBe(false)
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

/** What was done since the copy was made. */
async function copyOf() {
  const fake = fakeArchive({backups: [fullBackup('a', 1)]})
  await create(fake)
  fake.log.splice(0)
  return fake
}
const later = {target: {kind: 'latest'}, damage: null} as const
const held = (...inside: readonly unknown[]): readonly unknown[] => [
  'locked hl-lab-lock',
  ...inside,
  'unlocked hl-lab-lock',
]

describe('a look at a recovery copy', () => {
  const running = {name: 'hl-lab-copy', status: 'running'} as const
  const look = async (fake: FakeArchive, containers: Parameters<typeof lookAtCopy>[2]) =>
    lookAtCopy(fake.docker, 'lab', containers)

  it.each(['whole', 'unfinished', 'stopped'])('shows that it is %s', async word => {
    const fake = fakeArchive({backups: [], programs: {'sh -c [ -s': {stdout: `${word}\n`}}})
    expect(await look(fake, [running])).toBe(word)
  })

  it('is none where nothing is there, and no answer is none', async () => {
    expect(await look(fakeArchive({backups: []}), [])).toBe('none')
    expect(await look(fakeArchive({backups: []}), [{...running, status: 'paused'}])).toBe('stopped')
    expect(await look(fakeArchive({backups: []}), [running])).toBe(null)
  })

  it('finds the data of one that was cut off before its container was made, which the drop takes away', async () => {
    const fake = fakeArchive({backups: []})
    fake.volumes.set('hl-lab_copy-data', {'hl.lab': 'lab'})
    expect(await look(fake, [])).toBe('unfinished')
    await dropCopy(fake.docker, 'lab')
    expect([...fake.volumes.keys()]).toEqual([])
    await expect(dropCopy(fake.docker, 'lab')).rejects.toMatchObject({code: 'LAB_MISSING'})
  })
})

describe('asking a recovery copy', () => {
  it('gives a person what psql prints', async () => {
    const fake = await copyOf()
    fake.answers.push([/select a from t$/, '1\n'])
    expect(await queryCopy(fake.docker, 'lab', 'select a from t')).toBe('1')
  })

  it('gives a program what rows are read from, with headings and the last row that is empty', async () => {
    const fake = await copyOf()
    fake.answers.push([/select a from t --csv .*tuples_only=off/, 'a\n1\n\n'])
    const stdout = await queryCopy(fake.docker, 'lab', 'select a from t', {csv: true})
    expect(rowsOf('select a from t', {stdout})).toEqual({columns: ['a'], rows: [{a: '1'}, {a: ''}], output: null})
  })

  it('that lets nobody in says why, which PostgreSQL 17 does not', async () => {
    const fake = await copyOf()
    const said =
      'psql: error: FATAL:  the database system is not yet accepting connections\nDETAIL:  Consistent recovery state has not been yet reached.'
    fake.programs['psql'] = {exitCode: 2, stderr: said}
    await expect(showCopy(fake.docker, 'lab')).rejects.toMatchObject({
      code: 'RESTORE_FAILED',
      message: expect.stringMatching(/lets nobody in: a transaction with more than 64 subtransactions/) as string,
    })
  })
})

describe('moving a recovery copy', () => {
  const move = async (fake: FakeArchive, target: Parameters<typeof forwardCopy>[2] = later, signal?: AbortSignal) =>
    forwardCopy(portsOf(fake, new FakeClock(), signal), fake.cluster, target)

  it('holds the lab until the copy follows', async () => {
    const fake = await copyOf()
    expect(await move(fake)).toMatchObject({mode: 'follow', delayMs: 0})
    expect([fake.log[0], fake.log.at(-1)]).toEqual(held())
  })

  it('is refused where the lab has none, and lets go of the lab', async () => {
    const fake = fakeArchive({backups: [fullBackup('a', 1)]})
    await expect(move(fake)).rejects.toMatchObject({code: 'LAB_MISSING', next: ['hl copy create --to latest']})
    expect(fake.log).toEqual(held())
  })

  it('to what lies behind it is refused before it is stopped', async () => {
    const fake = await copyOf()
    const behind = {target: {kind: 'lsn', lsn: 0x280_0000n, inclusive: true}, damage: null} as const
    await expect(move(fake, behind)).rejects.toMatchObject({code: 'TARGET_UNREACHABLE'})
    expect(fake.log.filter(line => line.startsWith('recovery '))).toEqual([])
    expect(fake.locks()).toEqual([])
  })

  it('at Ctrl-C is INTERRUPTED, with the copy where it stood and the lab let go', async () => {
    const fake = await copyOf()
    const stop = new AbortController()
    fake.programs['recovery follow'] = async () => {
      stop.abort('SIGINT')
      return Promise.resolve({})
    }
    await expect(move(fake, later, stop.signal)).rejects.toMatchObject({
      code: 'INTERRUPTED',
      message: 'interrupted; the copy stands where it stood',
    })
    expect(await showCopy(fake.docker, 'lab')).toMatchObject({mode: 'paused'})
    expect(fake.locks()).toEqual([])
  })
})

describe('a table of a recovery copy', () => {
  const bring = async (fake: FakeArchive, signal?: AbortSignal) =>
    tableFromCopy(portsOf(fake, new FakeClock(), signal), {cluster: fake.cluster} as ConnectedLab, 'hl.ledger')
  const promoted = ({log}: FakeArchive): boolean => log.some(line => line.startsWith('recovery promote'))

  it.each<readonly [string, (fake: FakeArchive) => void, string]>([
    ['the copy does not have it', () => undefined, 'TARGET_INVALID'],
    ['the lab has it', fake => fake.answers.push([/quote_ident/, 'hl.ledger'], [/IS NOT NULL/, 't']), 'TARGET_INVALID'],
    ['the lab has no primary', fake => (fake.primary = null), 'LAB_UNHEALTHY'],
    ['somebody works on the lab', fake => fake.lock('lab', 'hl failover'), 'LAB_BUSY'],
  ])('is not brought back where %s, and the copy is as it was', async (_what, change, code) => {
    const fake = await copyOf()
    change(fake)
    await expect(bring(fake)).rejects.toMatchObject({code})
    expect([promoted(fake), fake.locks().length]).toEqual([false, code === 'LAB_BUSY' ? 1 : 0])
  })

  it('is INTERRUPTED at Ctrl-C before anything was done, with the lab let go', async () => {
    const fake = await copyOf()
    fake.answers.push([/quote_ident/, 'hl.ledger'])
    await expect(bring(fake, AbortSignal.abort('SIGINT'))).rejects.toMatchObject({
      code: 'INTERRUPTED',
      message: 'interrupted: nothing was done',
    })
    expect([promoted(fake), fake.locks()]).toEqual([false, []])
  })
})

describe('dropping a recovery copy', () => {
  it('takes it away with its data, under the lock', async () => {
    const fake = await copyOf()
    await dropCopy(fake.docker, 'lab')
    expect(fake.log).toEqual(held('removed hl-lab-copy'))
    expect([...fake.volumes.keys()]).toEqual([])
  })

  it('is decided under the lock: of what somebody else is making nothing is removed', async () => {
    const fake = await copyOf()
    fake.lock('lab', 'hl copy create')
    await expect(dropCopy(fake.docker, 'lab')).rejects.toMatchObject({code: 'LAB_BUSY'})
    expect(fake.containers.has('hl-lab-copy')).toBe(true)
  })

  it('is refused where the lab has none, and lets go of the lab', async () => {
    const fake = fakeArchive({backups: []})
    await expect(dropCopy(fake.docker, 'lab')).rejects.toMatchObject({code: 'LAB_MISSING'})
    expect(fake.log).toEqual(held())
  })
})
