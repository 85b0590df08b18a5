import {describe, expect, it} from 'vitest'
import {soundAnswersOfServer, withoutEnv} from '../../../test/fakes/fake-archive.ts'
import {backupOf} from '../../../test/fakes/fake-backup.ts'
import {FakeClock} from '../../../test/fakes/fake-clock.ts'
import type {BackupRecord} from '../../model/backup.ts'
import type {Cluster, ExecResult, RestoreNode} from '../../model/ports.ts'
import {verifyByRestoring} from './verify-by-restoring.ts'

const segmentBytes = 16_777_216
const full: BackupRecord = backupOf({})
const increment: BackupRecord = {
  ...full,
  id: 'i',
  kind: 'incremental',
  parent: 'f',
  startLsn: '0/2000028',
  stopLsn: '0/2000100',
  startedAt: '2026-11-24T11:00:00Z',
  stoppedAt: '2026-11-24T11:01:00Z',
}
const encryptedFull: BackupRecord = {...full, encrypted: {recipient: `age1${'q'.repeat(58)}`, sha256: 'b'.repeat(64)}}
const recordedOnAnother: BackupRecord = {
  ...full,
  content: {
    lsn: '0/1000200',
    timeline: 2,
    at: '2026-11-24T10:02:00Z',
    node: 'pg2',
    tables: [],
    sequences: [],
    roles: [],
    extensions: [],
  },
}
/** What a program answers, by its name and first argument; absent: as for a good backup. */
type Answers = Readonly<Record<string, Partial<ExecResult>>>

const good: Answers = {
  'backup-fetch': {stdout: '1000\n'},
  'recovery wait': {stdout: '0/4000028||2|f\nredo done at 0/3FFFFC0'},
  'grep': {exitCode: 1},
}

/** psql by what it is asked about: `psql pages`, `psql content`. */
function keyOf(words: readonly string[]): string {
  const [program = '', word = ''] = words
  if (program === 'recovery') return `recovery ${word}`
  if (program !== 'psql') return program
  return words.join(' ').includes('bt_index_parent_check')
    ? 'psql pages'
    : words.at(-1) === '-'
      ? 'psql content'
      : 'psql'
}

const soundAnswerTo = (text: string): string => soundAnswersOfServer.find(([pattern]) => pattern.test(text))?.[1] ?? ''

/**
 * A lab without a primary, whose archive holds segments 1 to 3; what is noted, and what ran in the scratch container.
 */
function worldOf(
  backups: readonly BackupRecord[],
  answers: Answers,
  {bad = [], encrypted = false}: {readonly bad?: readonly string[]; readonly encrypted?: boolean} = {},
) {
  const clock = new FakeClock()
  const noted = new Map<string, BackupRecord>()
  const ran: string[] = []
  const walNotes: string[] = []
  const walChecks: string[] = []
  const listed = backups.map(record => ({folder: record.id, record}))
  const files = [1, 2, 3].map(number => ({name: `00000001000000000000000${number}`, bytes: segmentBytes}))
  const answer = (change: Partial<ExecResult> = {}): ExecResult => ({exitCode: 0, stdout: '', stderr: '', ...change})
  const stored = (argv: readonly string[]): ExecResult =>
    bad.some(id => argv.join(' ').includes(`/backups/${id}/data`))
      ? answer({exitCode: 1, stderr: 'table hl.ledger is damaged'})
      : answer({stdout: 'fine'})
  const cluster = {
    lab: 'lab',
    name: 'hl',
    archive: 'command',
    encrypted,
    state: async () => Promise.resolve({primary: null}),
    exec: async (_service: string, argv: readonly string[], {stdin = ''}: {readonly stdin?: string}) => {
      if (argv[0] === 'backup-commit') noted.set(argv[3] ?? '', JSON.parse(stdin) as BackupRecord)
      return Promise.resolve(
        argv[0] === 'archive-list'
          ? answer({
              stdout: JSON.stringify({systems: [{systemIdentifier: '7', files, histories: {}, backups: listed}]}),
            })
          : argv[0] === 'wal-check' && walChecks.push(argv.join(' ')) > 0
            ? answer({stdout: JSON.stringify({damaged: [], notes: ['000000010000000000000002 - damaged - torn']})})
            : argv[0] === 'wal-note'
              ? answer({stdout: walNotes.push(stdin.trim()).toFixed(0)})
              : stored(argv),
      )
    },
  } as unknown as Cluster
  const node: RestoreNode = {
    exec: async argv => {
      const key = keyOf(withoutEnv(argv))
      ran.push(argv.join(' '))
      return Promise.resolve(
        answers[key] === undefined && argv.join(' ').includes('/backups/') && key === 'sh'
          ? stored(argv)
          : answer({stdout: soundAnswerTo(argv.join(' ')), ...good[key], ...answers[key]}),
      )
    },
    remove: async () => Promise.resolve(void ran.push('removed')),
  }
  const restoreRandom = async (
    record: BackupRecord,
    {
      onStart,
      ...options
    }: {readonly moment?: bigint; readonly signal?: AbortSignal; readonly onStart?: () => void} = {},
  ) => {
    const startNode = async (): Promise<RestoreNode> => {
      onStart?.()
      return Promise.resolve(node)
    }
    return clock.run(
      verifyByRestoring(cluster, clock, {
        record,
        startNode,
        onPhase: () => undefined,
        note: () => undefined,
        ...options,
      }),
    )
  }
  return {restoreRandom, noted, ran, walNotes, walChecks}
}
const pagesWith = (state: string, said: string): Partial<ExecResult> => ({
  stdout: JSON.stringify({
    tables: 1,
    indexes: 1,
    others: 0,
    invalid: 0,
    problems: [{relation: 'hl.ledger', state, said}],
  }),
})
const failedOf = (checks: readonly {readonly name: string; readonly verdict: string}[]): readonly string[] =>
  checks.filter(({verdict}) => verdict !== 'pass').map(({name}) => name)

describe('the verification of a backup by restoring it', () => {
  it('that can be restored is noted, and the container goes', async () => {
    const {restoreRandom, noted, ran} = worldOf([full], {})
    const {ok, checks} = await restoreRandom(full)
    expect([ok, failedOf(checks)]).toEqual([true, []])
    expect(noted.get('f')?.verified).toMatchObject({ok: true, detail: 'fine', restored: {ok: true}})
    expect(ran.at(-1)).toBe('removed')
  })

  it('promotes it where it is paused, and not where PostgreSQL did so itself', async () => {
    const no = {exitCode: 1, stderr: 'pg_ctl: cannot promote server; server is not in standby mode'}
    const paused = worldOf([full], {'recovery wait': {stdout: '0/1800000||1|t\nrecovery stopping before WAL location'}})
    await paused.restoreRandom(full, {moment: 0x180_0000n})
    expect(paused.ran).toContain('recovery promote')
    const {restoreRandom, noted} = worldOf([full], {
      'recovery wait': {stdout: '0/1800000||1|f\nrecovery stopping before WAL location'},
      'recovery promote': no,
    })
    const {ok, checks} = await restoreRandom(full, {moment: 0x180_0000n})
    expect([ok, failedOf(checks)]).toEqual([true, []])
    expect(noted.get('f')?.verified).toMatchObject({ok: true})
  })

  it.each<readonly [string, Answers, string]>([
    [
      'what was copied is not what its manifest says',
      {'backup-compare': {exitCode: 1, stderr: 'checksum mismatch for file "base/5/1"'}},
      'copied-bytes',
    ],
    [
      'the recovery does not reach its target',
      {'recovery wait': {exitCode: 1, stderr: 'recovery ended without reaching its target'}},
      'recovery',
    ],
    ['an index is damaged', {'psql pages': pagesWith('XX002', 'heap tuple lacks matching index tuple')}, 'amcheck'],
    ['a file cannot be read', {'psql pages': pagesWith('58P01', 'could not open file "base/5/1"')}, 'amcheck'],
  ])('fails where %s', async (_what, answers, name) => {
    const {restoreRandom, noted, ran} = worldOf([full], answers)
    expect(failedOf((await restoreRandom(full)).checks)).toEqual([name])
    expect(noted.get('f')?.verified).toMatchObject({
      ok: false,
      restored: {ok: false, detail: expect.stringContaining(name) as string},
    })
    expect(ran.at(-1)).toBe('removed')
  })

  it.each<readonly [string, Answers, RegExp]>([
    [
      'PostgreSQL takes damage for the end of all WAL',
      {
        'recovery wait': {
          stdout:
            '0/2000100||2|f\nincorrect resource manager data checksum in record at 0/2000100\nredo done at 0/20000C8 system usage: CPU',
        },
      },
      /000000010000000000000002 cannot be replayed from offset 256 on, 0\/2000100: incorrect resource manager/,
    ],
    [
      'a segment is not what came in',
      {
        'recovery wait': {
          exitCode: 1,
          stderr: 'wal-get: 000000010000000000000002 is not what came into the archive\nFATAL:  could not restore file',
        },
      },
      /000000010000000000000002 is not what came into the archive/,
    ],
    [
      'it ends before the archive does',
      {'recovery wait': {stdout: '0/2000100||2|f'}},
      /ended at 0\/2000100, and the archive leads to 0\/4000000/,
    ],
  ])('blames the WAL and not the backup where %s', async (_what, answers, said) => {
    const {restoreRandom, noted, walNotes, walChecks} = worldOf([full], answers)
    const {ok, checks} = await restoreRandom(full)
    expect([ok, failedOf(checks)]).toEqual([false, ['wal']])
    expect(checks.find(({name}) => name === 'wal')?.detail).toMatch(said)
    expect(noted.get('f')?.verified).toEqual({at: expect.any(String) as string, ok: true, detail: 'fine'})
    // What was read before may have changed since.
    expect(walChecks).toEqual(['wal-check /archive/7 --again'])
    expect(walNotes).toEqual(['000000010000000000000002 - damaged - torn'])
  })

  it.each<readonly [string, Answers, string]>([
    [
      'there is no room for the copy',
      {'backup-fetch': {exitCode: 1, stderr: 'cp: error writing: No space left on device'}},
      'DISK_FULL',
    ],
    ['the copy is killed', {'backup-fetch': {exitCode: 137}}, 'RESTORE_FAILED'],
    ['the container is killed under a check', {pg_dump: {exitCode: 137}}, 'RESTORE_FAILED'],
    [
      'the server has no room',
      {
        pg_dump: {exitCode: 1, stderr: 'connection lost'},
        grep: {exitCode: 0, stdout: 'PANIC:  could not write to file: No space left on device'},
      },
      'DISK_FULL',
    ],
    [
      'a process of the server is killed',
      {
        psql: {exitCode: 2, stderr: 'server closed the connection unexpectedly'},
        grep: {exitCode: 0, stdout: 'LOG:  server process (PID 9) was terminated by signal 9: Killed'},
      },
      'RESTORE_FAILED',
    ],
  ])('says nothing of the backup where %s', async (_what, answers, code) => {
    const {restoreRandom, noted, ran} = worldOf([full], answers)
    await expect(restoreRandom(full)).rejects.toMatchObject({code})
    expect(noted.size).toBe(0)
    expect(ran.at(-1)).toBe('removed')
  })

  it.each<readonly [string, Answers, string]>([
    [
      'a lock is held for ever',
      {'psql pages': pagesWith('55P03', 'canceling statement due to lock timeout')},
      'amcheck',
    ],
    ['a library is missing', {'psql pages': pagesWith('58P01', 'could not access file "$libdir/x"')}, 'amcheck'],
    ['a function of the data fails', {'psql pages': pagesWith('P0001', 'no')}, 'amcheck'],
    ['the definitions cannot be dumped', {pg_dump: {exitCode: 1, stderr: 'out of shared memory'}}, 'dump-readable'],
    ['nothing is answered', {psql: {stdout: ''}}, 'amcheck'],
  ])('condemns nothing where %s: that is unknown', async (_what, answers, name) => {
    const before = {at: '2026-11-01T00:00:00Z', ok: false, detail: 'restored to x: 1 failed'}
    const {restoreRandom, noted} = worldOf([{...full, verified: {...before, restored: before}}], answers)
    const {ok, verdict, checks} = await restoreRandom(full)
    expect([ok, verdict]).toEqual([false, 'unknown'])
    expect(checks.find(check => check.name === name)?.verdict).toBe('unknown')
    // What an earlier one said is no more known either.
    expect(noted.get('f')?.verified).toEqual({at: expect.any(String) as string, ok: true, detail: 'fine'})
  })

  it('asks in sessions of its own settings, whatever those of the data are', async () => {
    const {restoreRandom, ran} = worldOf([full], {})
    await restoreRandom(full)
    const asked = ran.filter(text => text.includes(' psql ') || text.includes(' pg_dump '))
    expect(asked.length).toBeGreaterThan(3)
    for (const text of asked)
      for (const setting of ['default_transaction_read_only=off', 'lock_timeout=5000', 'event_triggers=off'])
        expect(text).toContain(setting)
  })

  it('notes a parent whose bytes are bad too', async () => {
    const {restoreRandom, noted} = worldOf([full, increment], {}, {bad: ['f']})
    expect(failedOf((await restoreRandom(increment)).checks)).toEqual(['stored f'])
    expect([...noted].map(([id, {verified}]) => [id, verified?.ok, verified?.restored?.ok])).toEqual([
      ['f', false, undefined],
      ['i', false, false],
    ])
  })

  it('of an encrypted archive notes no word of what was seen inside', async () => {
    const {restoreRandom, noted} = worldOf(
      [encryptedFull],
      {'psql pages': pagesWith('XX001', 'block 1 is damaged')},
      {bad: ['f'], encrypted: true},
    )
    const {checks} = await restoreRandom(encryptedFull)
    expect(checks.map(({detail}) => detail).join()).toContain('hl.ledger')
    expect(noted.get('f')?.verified).toMatchObject({
      ok: false,
      detail: expect.stringMatching(/^opened: fail/) as string,
      restored: {ok: false, detail: 'restored to the end of the archive: stored f failed; amcheck failed'},
    })
    expect(JSON.stringify(noted.get('f'))).not.toContain('ledger')
  })

  it('at a drawn moment does not go along the timeline of its content', async () => {
    const {restoreRandom, ran} = worldOf([recordedOnAnother], {
      'recovery wait': {stdout: '0/2000028||1|t\nrecovery stopping before WAL location (LSN) "0/2000028"'},
    })
    expect((await restoreRandom(recordedOnAnother, {moment: 0x200_0028n})).ok).toBe(true)
    expect(ran.find(text => text.startsWith('recovery start'))).toContain('recovery_target_timeline=1')
  })

  it('ends where Ctrl-C came while the container was started', async () => {
    const stop = new AbortController()
    const {restoreRandom, noted, ran} = worldOf([full], {})
    const early = restoreRandom(full, {signal: stop.signal, onStart: () => stop.abort(new Error('SIGINT'))})
    await expect(early).rejects.toThrow('SIGINT')
    expect([noted.size, ran]).toEqual([0, ['removed']])
  })
})
