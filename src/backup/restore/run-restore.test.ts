import {describe, expect, it} from 'vitest'
import type {Clock, ExecResult, RestoreNode} from '../../model/ports.ts'
import {parseReached, runRestore, type RestoreOrder} from './run-restore.ts'

const reachedText =
  '0/45B6060|2026-11-24 19:15:09.311996+00|1|t\nrecovery stopping before WAL location (LSN) "0/45B6060"\npausing at the end of recovery\n'

/** Answers by the command's first two words; remembers all of them. */
function nodeOf(answers: Readonly<Record<string, Partial<ExecResult>>>): RestoreNode & {readonly ran: string[]} {
  const ran: string[] = []
  return {
    ran,
    async exec(argv, {user}) {
      const command = argv.slice(0, argv[0] === 'recovery' ? 2 : 1).join(' ')
      ran.push(user === 'root' ? `root ${command}` : command)
      return Promise.resolve({
        exitCode: 0,
        stdout: command === 'recovery wait' ? reachedText : '1024',
        stderr: '',
        ...answers[command],
      })
    },
    remove: async () => Promise.resolve(),
  }
}

function clockOf(): Clock {
  let now = 0
  return {nowMs: () => (now += 10), wait: async () => Promise.resolve(), wallTime: () => '2026-01-01T00:00:00.000Z'}
}

const orderOf = (more: Partial<RestoreOrder> = {}): RestoreOrder => ({
  systemIdentifier: '7',
  backups: ['full', 'more'],
  lineage: [{timeline: 1, fromLsn: 0n, toLsn: null}],
  segmentBytes: 16_777_216,
  settings: {recovery_target_lsn: '0/1'},
  end: 'promote',
  onPhase: () => undefined,
  ...more,
})

describe('a restore', () => {
  it('copies, recovers, promotes, renews the passwords and stops, in that order, and times each phase', async () => {
    const node = nodeOf({})
    const phases: string[] = []
    const state = await runRestore(
      node,
      clockOf(),
      orderOf({onPhase: (name, fromMs, toMs) => phases.push(`${name} ${toMs > fromMs}`)}),
    )
    expect(node.ran).toEqual([
      'backup-fetch',
      'backup-compare',
      'recovery start',
      'recovery wait',
      'recovery promote',
      'root renew-passwords',
      'recovery stop',
    ])
    expect(phases).toEqual(['fetch true', 'compare true', 'start true', 'replay true', 'promote true'])
    expect(state).toMatchObject({endLsn: 0x45b6060n, copiedBytes: 1_024, lastCommit: '2026-11-24 19:15:09.311996+00'})
  })

  it('that is to pause stays in recovery, with the passwords of its origin', async () => {
    const node = nodeOf({})
    await runRestore(node, clockOf(), orderOf({end: 'pause'}))
    expect(node.ran).toEqual(['backup-fetch', 'backup-compare', 'recovery start', 'recovery wait'])
  })

  it('of a copy that is not what its manifest says ends before PostgreSQL sees it', async () => {
    const node = nodeOf({
      'backup-compare': {exitCode: 1, stderr: 'pg_verifybackup: error: checksum mismatch for file "base/5/1"'},
    })
    await expect(runRestore(node, clockOf(), orderOf())).rejects.toMatchObject({
      code: 'BACKUP_INVALID',
      message: expect.stringContaining('base/5/1') as string,
    })
    expect(node.ran).toEqual(['backup-fetch', 'backup-compare'])
  })

  it('whose comparison could not be run says nothing against the backup', async () => {
    const node = nodeOf({'backup-compare': {exitCode: 127, stderr: 'executable file not found'}})
    await expect(runRestore(node, clockOf(), orderOf())).rejects.toMatchObject({
      code: 'RESTORE_FAILED',
      message: expect.stringContaining('not found') as string,
    })
  })

  it('does not promote what PostgreSQL has promoted itself at the end of the WAL', async () => {
    const node = nodeOf({'recovery wait': {stdout: '0/45B6060||2|f'}})
    await runRestore(node, clockOf(), orderOf())
    expect(node.ran).not.toContain('recovery promote')
  })

  it('looks for its target between the copy and the recovery', async () => {
    const node = nodeOf({})
    await runRestore(
      node,
      clockOf(),
      orderOf({
        settings: async () => {
          node.ran.push('look')
          return Promise.resolve({})
        },
      }),
    )
    expect(node.ran.slice(0, 4)).toEqual(['backup-fetch', 'backup-compare', 'look', 'recovery start'])
  })

  it.each(['backup-fetch', 'recovery start', 'recovery wait', 'recovery promote', 'renew-passwords', 'recovery stop'])(
    'that fails in %s says so with the last words of PostgreSQL, and goes no further',
    async command => {
      const node = nodeOf({
        [command]: {exitCode: 1, stderr: 'one\nFATAL:  recovery ended before configured recovery target was reached'},
      })
      await expect(runRestore(node, clockOf(), orderOf())).rejects.toMatchObject({
        code: 'RESTORE_FAILED',
        message: expect.stringContaining('FATAL:  recovery ended') as string,
      })
      expect(node.ran.at(-1)).toMatch(new RegExp(`${command}$`))
    },
  )

  it('that meets a tablespace says where it is made, and what ends before it', async () => {
    const log = [
      'FATAL:  directory "/mnt/fast" does not exist',
      'HINT:  Create this directory for the tablespace before restarting the server.',
      'CONTEXT:  WAL redo at 0/4501028 for Tablespace/CREATE: 16400 "/mnt/fast"',
    ]
    const node = nodeOf({'recovery wait': {exitCode: 1, stderr: log.join('\n')}})
    await expect(runRestore(node, clockOf(), orderOf())).rejects.toMatchObject({
      code: 'RESTORE_FAILED',
      message: 'the recovery failed: a tablespace in /mnt/fast is made at 0/4501028, and a restore carries none',
      next: ['--to-lsn 0/4501028 --exclusive ends just before it'],
    })
  })

  it('that does not say where it is, is none', () =>
    expect(() => parseReached('')).toThrow(expect.objectContaining({code: 'RESTORE_FAILED'}) as Error))
})
