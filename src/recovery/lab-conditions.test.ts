import {describe, expect, it} from 'vitest'
import {fakeArchive, type FakeArchive} from '../../test/fakes/fake-archive.ts'
import {fullBackup} from '../../test/fakes/fake-backup.ts'
import {hintText} from '../model/command-hint.ts'
import {HlError} from '../model/errors.ts'
import {exposureOf} from './lab-conditions.ts'

const onTimelineFive = (fake: FakeArchive): void => void fake.answers.push([/hl_archive/, '7|5|0/4100000|'])
const failing = (code: 'ARCHIVE_MISSING' | 'DOCKER_COMMAND_FAILED' | 'TIMEOUT') => (fake: FakeArchive) =>
  Object.assign(fake.cluster, {
    exec: async () => Promise.reject(new HlError(code, 'the archive cannot be read: torn', {next: ['look']})),
  })

describe('what only the archive tells of a lab', () => {
  it.each<readonly [string, Parameters<typeof fakeArchive>[0], (fake: FakeArchive) => void, readonly string[]]>([
    ['is nothing where all is well', {backups: [fullBackup('a', 1)]}, () => undefined, []],
    ['is nothing before the first backup', {backups: []}, onTimelineFive, []],
    ['is nothing without an archive', {backups: [], archive: 'none'}, onTimelineFive, []],
    [
      'is that nothing can be restored that is written now',
      {backups: [fullBackup('a', 1)]},
      onTimelineFive,
      [
        'EXPOSED: what the primary writes now cannot be restored: 00000005.history is not in the archive, or cannot be read',
        'hl backups create --kind full',
      ],
    ],
    [
      'is unknown where it cannot be read',
      {backups: []},
      failing('ARCHIVE_MISSING'),
      ['whether what is written now can be restored is unknown: the archive cannot be read: torn', 'hl logs archive'],
    ],
    [
      'is unknown where it does not answer in time',
      {backups: []},
      failing('TIMEOUT'),
      ['whether what is written now can be restored is unknown: the archive cannot be read: torn', 'hl logs archive'],
    ],
    ['is told elsewhere where it does not run', {backups: []}, failing('DOCKER_COMMAND_FAILED'), []],
  ])('%s', async (_, options, change, told) => {
    const fake = fakeArchive(options)
    change(fake)
    const conditions = await exposureOf(fake.cluster)
    expect(
      conditions.flatMap(({text, fix}) => [text, ...fix.map(step => hintText(step).replace(' --lab lab', ''))]),
    ).toEqual(told)
  })
})
