import {describe, expect, it} from 'vitest'
import {fakeArchive, type FakeArchive, type FakeArchiveOptions} from '../../test/fakes/fake-archive.ts'
import {fullBackup} from '../../test/fakes/fake-backup.ts'
import {FakeClock} from '../../test/fakes/fake-clock.ts'
import {planPruning, pruneBackups, type Pruning} from './prune-backups.ts'

const policy = {keepFull: 1}
const clock = new FakeClock()
const removal = 'sh -uc cd /archive/7/backups'

function worldOf(options: Partial<FakeArchiveOptions> = {}) {
  const fake = fakeArchive({backups: [fullBackup('a', 1), fullBackup('b', 2)], ...options})
  const decided: (readonly Pruning[])[] = []
  const prune = async () =>
    pruneBackups({docker: fake.docker, clock}, fake.cluster, policy, of => void decided.push(of))
  return {fake, decided, prune}
}
const removed = ({log}: FakeArchive): readonly string[] => log.filter(line => line.startsWith(removal))

describe('pruning', () => {
  it('is planned without the lab, and removes nothing', async () => {
    const {fake} = worldOf()
    const [pruning] = await planPruning(clock, fake.cluster, policy)
    expect(pruning?.remove.map(({id}) => id)).toEqual(['a'])
    expect(fake.log).toEqual([])
  })

  it('is decided and told under the lock, and then done', async () => {
    const {fake, decided, prune} = worldOf()
    expect(await prune()).toEqual(decided[0])
    expect(fake.log).toEqual(['locked hl-lab-lock', expect.stringContaining(removal), 'unlocked hl-lab-lock'])
  })

  it('is refused while the lab has a recovery copy, which would miss what goes', async () => {
    const {fake, decided, prune} = worldOf({hasCopy: true})
    await expect(prune()).rejects.toMatchObject({code: 'LAB_BUSY', next: ['hl copy show', 'hl copy drop']})
    expect([decided, removed(fake), fake.locks()]).toEqual([[], [], []])
  })

  it('is refused while somebody works on the lab', async () => {
    const {fake, decided, prune} = worldOf()
    fake.lock('lab', 'hl restore')
    await expect(prune()).rejects.toMatchObject({code: 'LAB_BUSY'})
    expect([decided, removed(fake)]).toEqual([[], []])
  })

  it('that the archive cannot do is told with its words, and lets go of the lab', async () => {
    const {fake, prune} = worldOf({programs: {[removal]: {exitCode: 1, stderr: 'read-only file system'}}})
    await expect(prune()).rejects.toMatchObject({
      code: 'BACKUP_FAILED',
      message: expect.stringContaining('read-only file system') as string,
    })
    expect(fake.locks()).toEqual([])
  })

  it('is refused while a backup cannot be read, which may need what goes', async () => {
    const {fake, prune} = worldOf()
    fake.unreadable.push({folder: 'torn', unreadable: 'unexpected end'})
    await expect(prune()).rejects.toMatchObject({
      code: 'BACKUP_INVALID',
      message: expect.stringContaining('/archive/7/backups/torn/backup.json cannot be read: unexpected end') as string,
    })
    expect([removed(fake), fake.locks()]).toEqual([[], []])
  })

  it('is refused without an archive', async () => {
    const {fake, prune} = worldOf({archive: 'none'})
    await expect(prune()).rejects.toMatchObject({code: 'ARCHIVE_MISSING'})
    expect([removed(fake), fake.locks()]).toEqual([[], []])
  })
})
