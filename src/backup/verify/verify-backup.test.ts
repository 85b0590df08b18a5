import {describe, expect, it} from 'vitest'
import {backupOf} from '../../../test/fakes/fake-backup.ts'
import {FakeClock} from '../../../test/fakes/fake-clock.ts'
import type {Answer, BackupRecord} from '../../model/backup.ts'
import type {Cluster, ExecResult} from '../../model/ports.ts'
import {noteVerified, openedDetail, verifyBackup} from './verify-backup.ts'

const at = '2026-11-24T12:00:00Z'
const bytes = (ok: boolean): Answer => ({at, ok, detail: 'stored bytes'})
const opened = (ok: boolean): Answer => ({at, ok, detail: openedDetail('f', ok)})
const after = (verified: BackupRecord['verified']): BackupRecord =>
  backupOf({
    verified,
  })

describe('stored bytes that are as they were written', () => {
  it.each<readonly [string, BackupRecord['verified'], boolean]>([
    ['are good where nothing was found before', null, true],
    ['are good again where only bytes were bad', bytes(false), true],
    ['are good where the backup was opened and good', opened(true), true],
    ['do not make good what was bad inside', opened(false), false],
    [
      'do not make good what could not be restored',
      {...bytes(true), ok: false, restored: {at, ok: false, detail: 'amcheck'}},
      false,
    ],
  ])('%s', (_what, before, ok) => expect(noteVerified(after(before), bytes(true)).verified).toMatchObject({at, ok}))

  it('do not make it good the second time either', () =>
    expect(noteVerified(noteVerified(after(opened(false)), bytes(true)), bytes(true)).verified?.ok).toBe(false))
  it('do not make bytes that went bad later hide what was bad inside', () =>
    expect(noteVerified(noteVerified(after(opened(false)), bytes(false)), bytes(true)).verified?.ok).toBe(false))
})

it('a backup that is opened again and good is good', () =>
  expect(noteVerified(after(opened(false)), opened(true), true).verified?.ok).toBe(true))

describe('looking at the stored bytes', () => {
  /** An archive in which the script ends like that; what is noted of it. */
  const look = async (answer: Partial<ExecResult>) => {
    const noted: BackupRecord[] = []
    const exec = async (
      _service: string,
      argv: readonly string[],
      {stdin = ''}: {readonly stdin?: string},
    ): Promise<ExecResult> => {
      if (argv[0] === 'backup-commit') noted.push(JSON.parse(stdin) as BackupRecord)
      return Promise.resolve({exitCode: 0, stdout: '', stderr: '', ...(argv[0] === 'sh' ? answer : {})})
    }
    const verified = await verifyBackup({lab: 'lab', exec} as unknown as Cluster, new FakeClock(), after(null)).catch(
      (error: unknown) => error,
    )
    return {verified, noted}
  }

  it.each<readonly [string, Partial<ExecResult>, string]>([
    ['the archive is killed meanwhile', {exitCode: 137}, 'RESTORE_FAILED'],
    ['what looks is killed', {exitCode: 137, stderr: 'Killed'}, 'RESTORE_FAILED'],
    ['there is no room', {exitCode: 1, stderr: 'tar: base/5/1: Cannot write: No space left on device'}, 'DISK_FULL'],
  ])('says nothing of the backup where %s', async (_what, answer, code) => {
    const {verified, noted} = await look(answer)
    expect(verified).toMatchObject({code})
    expect(noted).toEqual([])
  })

  it('calls one damaged that is not what its manifest says', async () => {
    const {noted} = await look({exitCode: 1, stderr: 'pg_verifybackup: error: checksum mismatch for file "base/5/1"'})
    expect(noted.map(({verified}) => verified?.ok)).toEqual([false])
  })
})
