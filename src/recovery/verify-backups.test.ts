// Verification of several backups, by reading and by restoring. Not here: what is found in one (src/backup/verify).
import {describe, expect, it} from 'vitest'
import {fakeArchive, untilRemoved, type FakeArchive, type FakeArchiveOptions} from '../../test/fakes/fake-archive.ts'
import {fullBackup} from '../../test/fakes/fake-backup.ts'
import {FakeClock} from '../../test/fakes/fake-clock.ts'
import {portsOf} from '../../test/fakes/fake-recovery-ports.ts'
import {verifyBackups, type VerifyRequest, type VerifyResult} from './verify-backups.ts'

const read: VerifyRequest = {decrypt: false, restore: false}
const restoring: VerifyRequest = {decrypt: false, restore: true}
const encrypted = {recipient: `age1${'q'.repeat(58)}`, sha256: 'b'.repeat(64)}

function worldOf(options: Partial<FakeArchiveOptions> = {}) {
  const fake = fakeArchive({backups: [fullBackup('a', 1), fullBackup('b', 2)], ...options})
  const clock = new FakeClock()
  const stop = new AbortController()
  const told: VerifyResult[] = []
  const verify = async (request: VerifyRequest) =>
    clock.run(verifyBackups(portsOf(fake, clock, stop.signal), fake.cluster, request, result => void told.push(result)))
  return {fake, stop, told, verify}
}

const hows = (results: readonly VerifyResult[]): readonly string[] =>
  results.map(result => `${result.how === 'not-verified' ? result.backup : result.record.id} ${result.how}`)
const verdicts = ({backups}: FakeArchive): readonly unknown[] => backups.map(({verified}) => verified?.ok ?? null)
/** No scratch container and no data of one is left, and nobody holds the lab. */
const nothingLeft = ({containers, volumes}: FakeArchive): void =>
  expect([[...containers.keys()], [...volumes.keys()]]).toEqual([[], []])

describe('reading backups', () => {
  it('takes one after the other, tells each, notes it, and needs no lock', async () => {
    const {fake, told, verify} = worldOf()
    const {results} = await verify(read)
    expect([results, hows(told)]).toEqual([told, ['a read', 'b read']])
    expect([verdicts(fake), fake.log.some(line => line.startsWith('locked'))]).toEqual([[true, true], false])
  })

  it.each<readonly [string, Partial<FakeArchiveOptions>, VerifyRequest, string]>([
    ['without an archive', {archive: 'none'}, read, 'ARCHIVE_MISSING'],
    ['of a name that nobody knows', {}, {...read, backup: 'x'}, 'BACKUP_UNKNOWN'],
    ['of a name that nobody knows, by restoring', {}, {...restoring, backup: 'x'}, 'BACKUP_UNKNOWN'],
    ['with --decrypt where nothing is encrypted', {}, {...read, decrypt: true}, 'USAGE'],
    ['with --decrypt without the key', {encrypted: true}, {...read, decrypt: true}, 'ARCHIVE_KEY_MISSING'],
  ])('is refused %s, with nothing begun', async (_what, options, request, code) => {
    const {fake, told, verify} = worldOf(options)
    await expect(verify(request)).rejects.toMatchObject({code})
    expect([told, fake.log]).toEqual([[], []])
  })

  it('ends at Ctrl-C between two, and keeps what was noted', async () => {
    const {fake, stop, told, verify} = worldOf()
    fake.programs['sh -euc sum='] = async () => {
      stop.abort(new Error('SIGINT'))
      return Promise.resolve({})
    }
    await expect(verify(read)).rejects.toThrow('SIGINT')
    expect([hows(told), verdicts(fake)]).toEqual([['a read'], [true, null]])
  })

  it('inside of an encrypted archive takes the container away at Ctrl-C, and notes nothing', async () => {
    const {fake, stop, told, verify} = worldOf({encrypted: true, backups: [fullBackup('a', 1, {encrypted})]})
    fake.volumes.set('hl-lab_archive-identity', {})
    fake.programs['sh -euc set -- /archive'] = untilRemoved(fake.log, () => stop.abort(new Error('SIGINT')))
    await expect(verify({...read, decrypt: true})).rejects.toThrow('SIGINT')
    expect([told, verdicts(fake), fake.log.at(-1)]).toEqual([[], [null], 'removed hl-lab-decrypt'])
  })
})

describe('restoring backups', () => {
  it('takes each on a scratch container of its own, under one lock', async () => {
    const {fake, told, verify} = worldOf()
    await verify(restoring)
    expect([hows(told), verdicts(fake)]).toEqual([
      ['a restored', 'b restored'],
      [true, true],
    ])
    expect(fake.log.filter(line => /^(?:un)?locked |^made |^removed /.test(line))).toEqual([
      'locked hl-lab-lock',
      'made hl-lab-scratch',
      'removed hl-lab-scratch',
      'made hl-lab-scratch',
      'removed hl-lab-scratch',
      'unlocked hl-lab-lock',
    ])
    nothingLeft(fake)
  })

  it('goes on to the others where one cannot be restored, and says why', async () => {
    const backups = [fullBackup('a', 1, {timeline: 9}), fullBackup('b', 2)]
    const {fake, told, verify} = worldOf({backups})
    await verify(restoring)
    expect(hows(told)).toEqual(['a not-verified', 'b restored'])
    expect(told[0]).toMatchObject({
      code: 'TARGET_UNREACHABLE',
      message: expect.stringContaining('timeline 9') as string,
    })
    expect(verdicts(fake)).toEqual([null, true])
    nothingLeft(fake)
  })

  it('of the only one passes its error on', async () => {
    const {fake, told, verify} = worldOf({backups: [fullBackup('a', 1, {timeline: 9})]})
    await expect(verify(restoring)).rejects.toMatchObject({code: 'TARGET_UNREACHABLE'})
    expect(told).toEqual([])
    nothingLeft(fake)
  })

  it('notes a restore that came to a bad end, with the container gone', async () => {
    const {fake, told, verify} = worldOf({programs: {'recovery wait': {exitCode: 1, stderr: 'FATAL:  bad page'}}})
    await verify({...restoring, backup: 'b'})
    expect(told).toMatchObject([{how: 'restored', ok: false}])
    expect(verdicts(fake)).toEqual([null, false])
    nothingLeft(fake)
  })

  it('says nothing of a backup whose container was killed', async () => {
    const {fake, verify} = worldOf({programs: {'recovery wait': {exitCode: 137}}})
    await expect(verify({...restoring, backup: 'b'})).rejects.toMatchObject({
      code: 'RESTORE_FAILED',
      message: expect.stringContaining('nothing is said of it') as string,
    })
    expect(verdicts(fake)).toEqual([null, null])
    nothingLeft(fake)
  })

  it.each(['backup-fetch', 'recovery wait', 'pg_dump'])(
    'ends at Ctrl-C during %s: nothing is noted of that one, none is begun, nothing is left',
    async phase => {
      const {fake, stop, told, verify} = worldOf()
      fake.programs[phase] = untilRemoved(fake.log, () => stop.abort(new Error('SIGINT')))
      await expect(verify(restoring)).rejects.toThrow('SIGINT')
      expect([told, verdicts(fake)]).toEqual([[], [null, null]])
      expect(fake.log.filter(line => line.startsWith('made'))).toEqual(['made hl-lab-scratch'])
      nothingLeft(fake)
    },
  )

  it('is refused while somebody works on the lab', async () => {
    const {fake, told, verify} = worldOf()
    fake.lock('lab', 'hl failover')
    await expect(verify(restoring)).rejects.toMatchObject({code: 'LAB_BUSY'})
    expect([told, fake.log]).toEqual([[], []])
  })

  it('leaves nothing of a scratch container that does not start', async () => {
    const {fake, verify} = worldOf({refuses: {'run -d': 'no such image: hl-archive:17'}})
    await expect(verify({...restoring, backup: 'b'})).rejects.toMatchObject({code: 'IMAGE_MISSING'})
    nothingLeft(fake)
  })
})
