import {describe, expect, it} from 'vitest'
import type {RestoreNode} from '../../model/ports.ts'
import {ask, copyStop, endRecovery} from './copy-server.ts'
import type {Copy} from './copy-state.ts'

/** A copy with the state that was noted; `promoted`: its server takes writes. */
function copyOf(mode: 'follow' | 'paused' | 'ended', promoted: boolean) {
  let state = JSON.stringify({
    chain: ['f'],
    timeline: 1,
    mode,
    delayMs: 0,
    target: '',
    lastCommit: '2026-11-24T10:00:00Z',
  })
  let isWritable = promoted
  const did: string[] = []
  const node: RestoreNode = {
    exec: async (argv, {stdin}) => {
      const words = argv.join(' ')
      if (words.includes('>/var/lib/postgresql/copy.json')) state = stdin ?? ''
      if (words.startsWith('recovery promote') || words.includes('pg_promote')) isWritable = true
      if (words.startsWith('recovery follow')) isWritable = false
      if (argv[0] === 'recovery') did.push(words)
      if (words.includes('delete from')) did.push(isWritable ? 'WRITTEN' : 'refused')
      const stdout =
        argv[0] === 'cat' ? state : words.includes('pg_is_in_recovery') ? `${isWritable ? 'f' : 't'}|0/5|0/4|1|` : ''
      return Promise.resolve({exitCode: 0, stdout, stderr: ''})
    },
    remove: async () => Promise.resolve(),
  }
  return {node, did, noted: () => JSON.parse(state) as {mode: string; target: string}}
}

const closed = ['recovery stop', 'recovery follow restore_command=false recovery_target_timeline=latest']

describe('a copy', () => {
  it('whose recovery is ended is promoted, and started again so that nothing can write to it', async () => {
    const {node, did, noted} = copyOf('paused', false)
    await endRecovery(node)
    expect([did, noted().mode]).toEqual([['recovery promote', ...closed], 'ended'])
  })

  it.each(['follow', 'ended'] as const)('that %ss is left as it is', async mode => {
    const {node, did} = copyOf(mode, false)
    await endRecovery(node)
    expect(did).toEqual([])
  })

  it('that was left promoted is closed before anybody asks it', async () => {
    const {node, did} = copyOf('paused', true)
    await ask(node, 'delete from hl.ledger')
    expect(did).toEqual([...closed, 'refused'])
  })

  it('says what holds the lock that a statement waits for, and what ends that', async () => {
    const {node} = copyOf('paused', false)
    const locked: RestoreNode = {
      ...node,
      exec: async (argv, options) =>
        argv.join(' ').includes('select * from t.gone')
          ? {exitCode: 1, stdout: '', stderr: 'ERROR:  canceling statement due to lock timeout\nLINE 1: …'}
          : node.exec(argv, options),
    }
    await expect(ask(locked, 'select * from t.gone')).rejects.toMatchObject({
      code: 'RESTORE_FAILED',
      message: expect.stringContaining('a transaction that was under way where the copy stands') as string,
      next: [expect.stringContaining('hl copy table') as string, expect.stringContaining('hl copy show') as string],
    })
  })

  it('that a statement promotes is closed again, and says that it may be another one now', async () => {
    const {node, did, noted} = copyOf('paused', false)
    await expect(ask(node, 'select pg_promote()')).rejects.toMatchObject({code: 'BACKUP_INVALID'})
    expect([did, noted()]).toMatchObject([
      closed,
      {mode: 'ended', target: expect.stringContaining('perhaps changed') as string},
    ])
  })
})

describe('what a copy that follows stands still at', () => {
  const record = 'incorrect resource manager data checksum in record at 0/5001000'
  const refused = 'wal-get: 000000010000000000000005 is not what came into the archive'
  it.each([
    [record, 0x500_1000n, '000000010000000000000005 cannot be replayed from offset 4096 on, 0/5001000: ' + record],
    [refused, 0x4ff_0000n, '000000010000000000000005 is not what came into the archive'],
    [record, 0x500_1001n, null],
    [refused, 0x600_0000n, null],
    ['', 0n, null],
  ])('%s: seen from %d it is told as %s', async (said, lsn, told) => {
    const node: RestoreNode = {
      exec: async () => Promise.resolve({exitCode: 0, stdout: said === '' ? '' : `16777216|${said}\n`, stderr: ''}),
      remove: async () => Promise.resolve(),
    }
    const copy: Pick<Copy, 'lsn' | 'redoTimeline'> = {lsn, redoTimeline: 1}
    expect(await copyStop(node, copy)).toBe(told)
  })
})
