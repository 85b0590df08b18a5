// What a lab with an archive shows: its backups, what their verification left, the rows of its copy. For tests only.
import type {BackupRecord} from '../../src/model/backup.ts'
import {docker, type TestLab} from './use-lab.ts'

export async function backupsOf(lab: TestLab): Promise<readonly BackupRecord[]> {
  return (await lab.json<{readonly backups: readonly BackupRecord[]}>('backups')).result.backups
}

/** Ids of the scratch containers and volumes of the lab; empty where none is left. */
export async function scratchOf(lab: TestLab): Promise<string> {
  const filter = ['--filter', 'label=hl.scratch', '--filter', `label=hl.lab=${lab.name}`]
  return `${await docker('ps', '-aq', ...filter)}${await docker('volume', 'ls', '-q', ...filter)}`
}

/** Values that a statement of one column gives on the copy beside the lab. */
export async function askedOfCopy(lab: TestLab, statement: string): Promise<readonly unknown[]> {
  const {result} = await lab.json<{readonly rows: readonly object[]}>('copy', 'sql', statement)
  return result.rows.flatMap(row => Object.values(row) as readonly unknown[])
}
