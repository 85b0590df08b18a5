import {describe, expect, it} from 'vitest'
import {fakeArchive} from '../../test/fakes/fake-archive.ts'
import {fullBackup} from '../../test/fakes/fake-backup.ts'
import {HlError} from '../model/errors.ts'
import {archiveIdentity} from './archive-identity.ts'
import {listBackups, showBackup} from './list-backups.ts'

const backups = [fullBackup('a', 1), fullBackup('b', 2)]

describe('the backups of a lab', () => {
  it('are listed newest first, with what they lead to and how far the archive is behind', async () => {
    const {cluster, answers, log} = fakeArchive({backups})
    answers.push([/hl_archive/, '7|1|0/4100000|'])
    const {windows, ...listed} = await listBackups(cluster)
    expect(listed).toMatchObject({gaps: [], exposed: null, lag: {node: 'pg1', bytes: 0x10_0000}})
    expect(listed.backups.map(({id}) => id)).toEqual(['b', 'a'])
    expect(windows).toEqual([expect.stringMatching(/^timeline 1: from 0\/1000100 .* to 0\/4000000$/)])
    expect(log.some(line => line.startsWith('locked'))).toBe(false)
  })

  it('are listed with a warning where nothing leads to what the primary writes now', async () => {
    const {cluster, answers} = fakeArchive({backups})
    answers.push([/hl_archive/, '7|5|0/4100000|'])
    expect((await listBackups(cluster)).exposed).toBe('00000005.history is not in the archive, or cannot be read')
  })

  it.each<readonly [string, (fake: ReturnType<typeof fakeArchive>) => void]>([
    ['there is no primary', fake => (fake.primary = null)],
    ['the primary is of another system', fake => fake.answers.push([/hl_archive/, '8|1|0/4100000|'])],
    [
      'the primary cannot be asked',
      fake =>
        (fake.programs['psql'] = async () =>
          Promise.reject(new HlError('DOCKER_COMMAND_FAILED', 'gone', {next: ['look']}))),
    ],
  ])('are listed without how far the archive is behind where %s', async (_what, change) => {
    const fake = fakeArchive({backups})
    change(fake)
    expect(await listBackups(fake.cluster)).toMatchObject({backups: [{id: 'b'}, {id: 'a'}], lag: null})
  })

  it('are listed with what cannot be relied on, each with its name', async () => {
    const fake = fakeArchive({backups})
    fake.unreadable.push({folder: 'torn', unreadable: 'unexpected end'})
    fake.damage.set('000000010000000000000003', {lastRecord: '0/3000100', why: 'offset 264: torn'})
    fake.refused.push({name: '00000004.history', why: 'another 00000004.history is there already'})
    expect(await listBackups(fake.cluster)).toMatchObject({
      backups: [{id: 'b'}, {id: 'a'}],
      windows: [expect.stringMatching(/ to 0\/3000101$/)],
      gaps: ['timeline 1: 000000010000000000000003 is damaged: offset 264: torn'],
      faults: ['WAL 000000010000000000000003: offset 264: torn', 'torn/backup.json cannot be read: unexpected end'],
      refused: ['WAL 00000004.history: another 00000004.history is there already'],
    })
    await expect(showBackup(fake.cluster, 'torn')).rejects.toMatchObject({code: 'BACKUP_INVALID'})
  })

  it('are refused without an archive', async () => {
    const {cluster} = fakeArchive({backups: [], archive: 'none'})
    await expect(listBackups(cluster)).rejects.toMatchObject({code: 'ARCHIVE_MISSING'})
    await expect(showBackup(cluster, 'latest')).rejects.toMatchObject({code: 'ARCHIVE_MISSING'})
  })

  it('are shown one by one, by the names that people give them', async () => {
    const {cluster} = fakeArchive({backups})
    expect((await showBackup(cluster, 'latest')).id).toBe('b')
    await expect(showBackup(cluster, 'c')).rejects.toMatchObject({code: 'BACKUP_UNKNOWN'})
  })
})

describe('the identity of an archive', () => {
  it('is refused where the archive is not encrypted, with the lab that would have one', async () => {
    const {docker, cluster} = fakeArchive({backups})
    await expect(archiveIdentity(docker, cluster)).rejects.toMatchObject({
      code: 'ARCHIVE_KEY_MISSING',
      next: [expect.stringContaining('hl up --archive command --encrypt')],
    })
  })

  it('is refused where it is gone', async () => {
    const {docker, cluster} = fakeArchive({backups, encrypted: true})
    await expect(archiveIdentity(docker, cluster)).rejects.toMatchObject({
      code: 'ARCHIVE_KEY_MISSING',
      next: expect.arrayContaining([expect.stringMatching(/^`hl restore .*--identity/)]) as string[],
    })
  })
})
