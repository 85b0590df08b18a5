// Taking a backup, from the lock to the catalog. What pg_basebackup does is seen in test/e2e.
import {describe, expect, it} from 'vitest'
import {
  fakeArchive,
  streaming,
  type Answers,
  type FakeArchive,
  type FakeArchiveOptions,
  type Programs,
} from '../../test/fakes/fake-archive.ts'
import {FakeClock} from '../../test/fakes/fake-clock.ts'
import {portsOf} from '../../test/fakes/fake-recovery-ports.ts'
import {createBackup, type WantedBackup} from './create-backup.ts'

const wanted: WantedBackup = {
  kind: 'full',
  checkpoint: 'fast',
  compression: 'none',
  labels: [],
  pinned: false,
  content: false,
}

function worldOf(options: Partial<FakeArchiveOptions> = {}) {
  const fake = fakeArchive({backups: [], ...options})
  const clock = new FakeClock()
  const stop = new AbortController()
  const ports = portsOf(fake, clock, stop.signal)
  const take = async (change: Partial<WantedBackup> = {}) =>
    clock.run(createBackup(ports, fake.cluster, {...wanted, ...change}))
  return {fake, clock, stop, said: ports.said, take}
}

const askedOf = (node: string): string =>
  `psql -X -q -A -t -w -v ON_ERROR_STOP=1 -d host=${node} user=hl_backup dbname=postgres connect_timeout=5`
const draft = '/archive/7/backups/.draft-20260105T000000-full'
const catalog = ({backups}: FakeArchive): readonly string[] => backups.map(({id}) => id)
/** The last things that were done: the draft is taken away, then the lab is let go. */
const gaveUp = ({log}: FakeArchive): void =>
  expect(log.slice(-2)).toEqual([`sh -euc rm -rf ${draft}`, 'unlocked hl-lab-lock'])
const copying = ({log}: FakeArchive): readonly string[] => log.filter(line => line.startsWith('pg_basebackup'))

describe('a backup', () => {
  it('begins at a checkpoint that its standby has replayed, and is in the catalog', async () => {
    const {fake, said, take} = worldOf()
    expect(await take()).toMatchObject({id: '20260105T000000-full', node: 'pg3', startLsn: '0/3000028'})
    expect([catalog(fake), said]).toEqual([['20260105T000000-full'], ['full backup 20260105T000000-full from pg3']])
    const replayed = fake.log.findIndex(line => line.includes('pg_last_wal_replay_lsn'))
    expect(fake.log.findIndex(line => line.endsWith('-c CHECKPOINT'))).toBeLessThan(replayed)
    expect(fake.log.findIndex(line => line.startsWith('pg_basebackup'))).toBeGreaterThan(replayed)
    expect(fake.log.at(-1)).toBe('unlocked hl-lab-lock')
  })

  it.each<readonly [string, Partial<FakeArchiveOptions>]>([
    ['tsx at /x', {answers: [[/pg_tablespace_location/, 'tsx at /x']]}],
    ['base/5 -> /x', {programs: {find: {stdout: 'base/5 -> /x'}}}],
  ])('of data that lies elsewhere too, %s, is refused, and nothing is written', async (where, options) => {
    const {fake, take} = worldOf(options)
    await expect(take()).rejects.toMatchObject({
      code: 'BACKUP_FAILED',
      message: expect.stringContaining(where) as string,
    })
    expect(fake.log.filter(line => line.includes('draft') || line.startsWith('pg_basebackup'))).toEqual([])
  })

  it('of data that cannot be looked through is refused; what comes and goes meanwhile is no reason', async () => {
    const failing = (stderr: string) => worldOf({programs: {find: {exitCode: 1, stderr}}})
    await expect(failing("find: '/x/base': Permission denied").take()).rejects.toMatchObject({
      code: 'BACKUP_FAILED',
      message: expect.stringContaining('Permission denied') as string,
    })
    await failing("find: '/x/base/pgsql_tmp': No such file or directory").take()
  })

  it('that is logical says which databases are not in it, and takes rows wherever they lie', async () => {
    const {said, take} = worldOf({
      answers: [
        [/datistemplate/, 'shop, "Odd"'],
        [/pg_tablespace_location/, 'tsx at /x'],
      ],
    })
    await take({kind: 'logical'})
    expect(said[0]).toBe('a logical backup holds database hl and the roles; not in it: shop, "Odd"')
  })

  it.each([
    ['large objects that its role may not read', 'largeObjects', 3, 'holds 3 large objects'],
    ['policies that hide rows from its role', 'policies', ['hl.a'], 'row level security of hl.a'],
  ])('that is logical is refused before it begins by %s', async (_what, name, value, said) => {
    const answer = {largeObjects: 0, mayRead: false, policies: [], subscriptions: [], mappings: [], [name]: value}
    const {fake, take} = worldOf({answers: [[/lo_compat_privileges/, JSON.stringify(answer)]]})
    await expect(take({kind: 'logical'})).rejects.toMatchObject({
      code: 'BACKUP_FAILED',
      message: expect.stringContaining(said) as string,
    })
    expect(fake.log.filter(line => line.includes('draft'))).toEqual([])
  })

  it('that is logical says what pg_dump leaves out', async () => {
    const answer = {largeObjects: 1, mayRead: true, policies: [], subscriptions: ['sub'], mappings: []}
    const {said, take} = worldOf({answers: [[/lo_compat_privileges/, JSON.stringify(answer)]]})
    await take({kind: 'logical'})
    expect(said).toContain('not in it either: the subscriptions sub')
  })

  it('ends what a cut-off one left running before it removes the draft, and says so', async () => {
    const {fake, said, take} = worldOf({answers: [[/pkill -TERM -x/, 'pg_basebackup']]})
    await take()
    const ended = fake.log.findIndex(line => line.includes('pgrep -x -l'))
    expect(ended).toBeGreaterThan(-1)
    expect(fake.log.findIndex(line => line.includes('rm -rf /archive/7/backups/.draft-*'))).toBeGreaterThan(ended)
    expect(said).toContain('ended pg_basebackup in the archive, which a backup that was cut off had left')
  })

  it('ends what a cut-off one left running on the node that hands it to an encrypted archive', async () => {
    const {fake, said, take} = worldOf({
      encrypted: true,
      answers: [[/pkill -TERM -s/, 'backup-push-encrypted']],
      programs: {'backup-push-encrypted': {exitCode: 1, stderr: 'enough'}},
    })
    await expect(take()).rejects.toMatchObject({code: 'BACKUP_FAILED'})
    expect(said.filter(text => text.startsWith('ended '))).toEqual(
      ['pg1', 'pg2', 'pg3'].map(
        node => `ended backup-push-encrypted on ${node}, which a backup that was cut off had left`,
      ),
    )
    const ended = fake.log.findLastIndex(line => line.includes('pkill -TERM -s'))
    expect(fake.log.findIndex(line => line.includes('rm -rf /archive/7/backups/.draft-*'))).toBeGreaterThan(ended)
  })

  it.each<readonly [string, Partial<FakeArchiveOptions>, Partial<WantedBackup>, string]>([
    ['with content where it is logical', {}, {kind: 'logical', content: true}, 'USAGE'],
    ['with content of an encrypted archive', {encrypted: true}, {content: true}, 'CONFIG_INVALID'],
    ['without an archive', {archive: 'none'}, {}, 'ARCHIVE_MISSING'],
    ['from a member that is not there', {}, {from: 'pg9'}, 'NODE_UNKNOWN'],
    ['of an encrypted archive by a method that age cannot follow', {encrypted: true}, {compression: 'pigz'}, 'USAGE'],
  ])('is refused %s, with nothing begun', async (_what, options, change, code) => {
    const {fake, take} = worldOf(options)
    await expect(take(change)).rejects.toMatchObject({code})
    expect([fake.log.filter(line => !/^(?:un)?locked /.test(line)), fake.locks()]).toEqual([[], []])
  })

  it('with content is refused before the lab is taken where no standby streams', async () => {
    const {fake, take} = worldOf()
    fake.members = streaming.map(member => (member.role === 'primary' ? member : {...member, state: 'starting'}))
    await expect(take({content: true})).rejects.toMatchObject({
      code: 'LAB_UNHEALTHY',
      next: ['hl status', expect.stringContaining('hl backups create')],
    })
    expect(fake.log).toEqual([])
  })

  it('is refused while somebody works on the lab', async () => {
    const {fake, take} = worldOf()
    fake.lock('lab', 'hl restore')
    await expect(take()).rejects.toMatchObject({code: 'LAB_BUSY'})
    expect(fake.log).toEqual([])
  })

  it.each<readonly [string, Programs]>([
    ['copying', {pg_basebackup: {exitCode: 1, stderr: 'pg_basebackup: error: no room'}}],
    ['reading its manifest', {'sh -euc sha256sum': {exitCode: 1, stderr: 'no such file'}}],
    ['putting it into the catalog', {'backup-commit': {exitCode: 1, stderr: 'no room'}}],
    ['the checkpoint of the primary', {[`${askedOf('pg1')} -c CHECKPOINT`]: {exitCode: 1, stderr: 'no room'}}],
  ])('leaves nothing when %s fails', async (_what, programs) => {
    const {fake, take} = worldOf({programs})
    await expect(take()).rejects.toMatchObject({code: 'BACKUP_FAILED'})
    expect(catalog(fake)).toEqual([])
    expect(fake.log.at(-2)).toMatch(/^sh -euc rm -rf \/archive\/7\/backups\/\.draft-/)
    expect(fake.log.at(-1)).toBe('unlocked hl-lab-lock')
  })

  it('says what pg_basebackup said, and what to try', async () => {
    const {take} = worldOf({programs: {pg_basebackup: {exitCode: 1, stderr: 'pg_basebackup: error: no room'}}})
    await expect(take()).rejects.toMatchObject({
      message: 'pg_basebackup from pg3 failed: pg_basebackup: error: no room',
      next: ['hl status', 'hl logs pg3', 'hl backups create --from primary'],
    })
  })

  it('tells what went wrong, and not that the draft could not be removed', async () => {
    const {fake, take} = worldOf({
      programs: {pg_basebackup: {exitCode: 1, stderr: 'no room'}, [`sh -euc rm -rf ${draft}`]: {exitCode: 1}},
    })
    await expect(take()).rejects.toThrow('pg_basebackup from pg3 failed: no room')
    expect(fake.locks()).toEqual([])
  })
})

describe('the wait for the checkpoint', () => {
  const behind: Answers = [[/pg_last_wal_replay_lsn/, 'f|0/2000000']]

  it('that the standby does not replay in time is told, and the backup taken all the same', async () => {
    const {fake, clock, said, take} = worldOf({answers: behind})
    expect((await take()).id).toBe('20260105T000000-full')
    expect(said.at(-1)).toBe(
      'waited 30.00 s for pg3 to replay the checkpoint of pg1 at 0/4000000; last seen: it has replayed up to 0/2000000; the backup begins at an older checkpoint',
    )
    expect([clock.nowMs(), copying(fake).length]).toEqual([30_000, 1])
  })

  it('ends at Ctrl-C, with nothing copied and nothing left', async () => {
    const {fake, clock, stop, said, take} = worldOf({answers: behind})
    clock.after(5_000, () => stop.abort(new Error('SIGINT')))
    await expect(take()).rejects.toThrow('SIGINT')
    expect([clock.nowMs(), copying(fake), catalog(fake), said.length]).toEqual([5_000, [], [], 1])
    gaveUp(fake)
  })

  it('ends with the error of a standby that cannot be asked', async () => {
    const {fake, clock, take} = worldOf({
      programs: {[`${askedOf('pg3')} -c SELECT pg_last_wal_replay_lsn`]: {exitCode: 2, stderr: 'connection refused'}},
    })
    await expect(take()).rejects.toMatchObject({
      code: 'BACKUP_FAILED',
      message: expect.stringContaining('connection refused') as string,
    })
    expect(clock.nowMs()).toBe(0)
    gaveUp(fake)
  })

  it.each<readonly [string, Partial<WantedBackup>]>([
    ['of a spread checkpoint', {checkpoint: 'spread'}],
    ['from the primary', {from: 'primary'}],
    ['of a logical one', {kind: 'logical'}],
  ])('is left out %s', async (_what, change) => {
    const {fake, take} = worldOf({answers: behind})
    await take(change)
    expect(fake.log.filter(line => line.endsWith('-c CHECKPOINT'))).toEqual([])
  })
})

describe('a backup at Ctrl-C', () => {
  it('while it is copied ends its sessions, and leaves nothing', async () => {
    const {fake, stop, take} = worldOf()
    fake.programs['pg_basebackup'] = async () => {
      stop.abort(new Error('SIGINT'))
      while (!fake.log.some(line => line.includes('pg_terminate_backend')))
        await new Promise(resolve => setImmediate(resolve))
      return {exitCode: 1, stderr: 'terminating connection'}
    }
    await expect(take()).rejects.toThrow('SIGINT')
    expect(catalog(fake)).toEqual([])
    gaveUp(fake)
  })

  it('when it is whole, but not in the catalog yet, leaves nothing', async () => {
    const {fake, stop, take} = worldOf()
    fake.programs['sh -euc du'] = async () => {
      stop.abort(new Error('SIGINT'))
      return Promise.resolve({stdout: '1000'})
    }
    await expect(take()).rejects.toThrow('SIGINT')
    expect(catalog(fake)).toEqual([])
    gaveUp(fake)
  })

  it('while its content is recorded keeps the backup without it, and replay goes on', async () => {
    const {fake, stop, take} = worldOf()
    fake.programs['bash -uc'] = async () => {
      stop.abort(new Error('SIGINT'))
      return Promise.resolve({exitCode: 1, stderr: 'canceled'})
    }
    await expect(take({content: true})).rejects.toThrow('SIGINT')
    expect(fake.backups.map(({id, content}) => [id, content])).toEqual([['20260105T000000-full', undefined]])
    expect(fake.log.findLast(line => line.startsWith('psql'))).toContain('pg_wal_replay_resume()')
    expect(fake.log.at(-1)).toBe('unlocked hl-lab-lock')
  })

  it('before it began does nothing but take the lab and let it go', async () => {
    const {fake, stop, take} = worldOf()
    stop.abort(new Error('SIGINT'))
    await expect(take()).rejects.toThrow('SIGINT')
    expect(fake.log).toEqual(['locked hl-lab-lock', 'unlocked hl-lab-lock'])
  })
})

describe('the content of a backup', () => {
  it('that cannot be recorded is an error, and the backup stays', async () => {
    const {fake, take} = worldOf({programs: {'bash -uc': {exitCode: 1, stderr: 'reading the tables failed'}}})
    await expect(take({content: true})).rejects.toMatchObject({
      code: 'BACKUP_FAILED',
      message: expect.stringMatching(/the backup is there.*reading the tables failed/) as string,
    })
    expect([catalog(fake), fake.locks()]).toEqual([['20260105T000000-full'], []])
  })
})
