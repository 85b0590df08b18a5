import {describe, expect, it} from 'vitest'
import {backupOf} from '../../../test/fakes/fake-backup.ts'
import {FakeClock} from '../../../test/fakes/fake-clock.ts'
import {FakeCluster} from '../../../test/fakes/fake-cluster.ts'
import type {BackupRecord} from '../../model/backup.ts'
import type {Cluster, ExecResult} from '../../model/ports.ts'
import type {ClusterState, MemberState, Role} from '../../model/topology.ts'
import {chooseContentNode, recordContent} from './record-content.ts'

const record: BackupRecord = backupOf({
  startLsn: '0/2000028',
  stopLsn: '0/2000100',
  durationMs: 30_000,
})
const seen = (lsn: string): string =>
  [{lsn, timeline: 1}, {table: 'hl.ledger', rows: 3, hash: '9'}, {whole: true}]
    .map(line => JSON.stringify(line))
    .join('\n')

/**
 * A lab whose standby answers the script with this, and says that its replay is paused until it was asked twice to go
 * on.
 */
function labOf(
  clock: FakeClock,
  script: Partial<ExecResult>,
  resumes = 2,
): {readonly cluster: Cluster; readonly ran: string[]} {
  const ran: string[] = []
  let asked = 0
  const fake = new FakeCluster(clock)
  const cluster: Cluster = {
    lab: 'lab',
    name: 'hl',
    members: fake.members,
    dcsMembers: fake.dcsMembers,
    archive: 'command',
    encrypted: false,
    state: async () => fake.state(),
    settings: async () => fake.settings(),
    rawConfig: async () => fake.rawConfig(),
    versions: async () => fake.versions(),
    applySettings: async settings => fake.applySettings(settings),
    containerStatus: async service => fake.containerStatus(service),
    kill: async service => fake.kill(service),
    stop: async service => fake.stop(service),
    start: async service => fake.start(service),
    pause: async service => fake.pause(service),
    unpause: async service => fake.unpause(service),
    destroy: async service => fake.destroy(service),
    wipe: async service => fake.wipe(service),
    partition: async (service, cut) => fake.partition(service, cut),
    healPartition: async service => fake.healPartition(service),
    isPartitioned: async service => fake.isPartitioned(service),
    canReach: async (service, peer) => fake.canReach(service, peer),
    answers: async service => fake.answers(service),
    switchover: async (from, to) => fake.switchover(from, to),
    setMaintenance: async on => fake.setMaintenance(on),
    logs: async () => '',
    exec: async (service, argv) => {
      const kind =
        argv[0] === 'bash'
          ? 'script'
          : argv[0] === 'backup-commit'
            ? 'commit'
            : argv.join(' ').includes('pg_wal_replay_resume')
              ? 'resume'
              : 'cancel'
      ran.push(`${service} ${kind}`)
      const answer =
        kind === 'script' ? script : kind === 'resume' ? {stdout: ++asked >= resumes ? 'not paused\n' : 'paused\n'} : {}
      return Promise.resolve({exitCode: 0, stdout: '', stderr: '', ...answer})
    },
  }
  return {cluster, ran}
}

describe('the content of a backup', () => {
  it('is noted with it, and replay goes on', async () => {
    const clock = new FakeClock()
    const {cluster, ran} = labOf(clock, {stdout: seen('0/2000100')})
    const {content} = await clock.run(recordContent(cluster, clock, record))
    expect(content).toMatchObject({
      lsn: '0/2000100',
      timeline: 1,
      node: 'pg2',
      tables: [{name: 'hl.ledger', rows: 3, hash: '9'}],
    })
    expect(ran).toEqual(['pg2 script', 'archive commit', 'pg2 resume', 'pg2 resume'])
  })

  it.each([
    ['reading it fails', {exitCode: 1, stderr: 'ERROR:  out of memory'}, 'out of memory'],
    [
      'a table is locked',
      {exitCode: 1, stderr: 'ERROR:  canceling statement due to lock timeout'},
      'locked as a whole',
    ],
    ['the standby is behind the backup', {stdout: seen('0/20000F8')}, 'before the end of the backup'],
  ])('is not noted where %s, and replay goes on all the same', async (_what, script, message) => {
    const clock = new FakeClock()
    const {cluster, ran} = labOf(clock, script)
    await expect(clock.run(recordContent(cluster, clock, record))).rejects.toMatchObject({
      code: 'BACKUP_FAILED',
      message: expect.stringContaining(message) as string,
    })
    expect(ran).toEqual(['pg2 script', 'pg2 resume', 'pg2 resume'])
  })

  it('is asked for again while Patroni resumes replay at the wrong moment, a bounded number of times', async () => {
    const clock = new FakeClock()
    const {cluster, ran} = labOf(clock, {stdout: '{"moved": true}\n'})
    await expect(clock.run(recordContent(cluster, clock, record))).rejects.toMatchObject({
      code: 'BACKUP_FAILED',
      message: expect.stringContaining('replay went on') as string,
    })
    expect(ran).toEqual([...Array<string>(5).fill('pg2 script'), 'pg2 resume', 'pg2 resume'])
  })

  it('says so when replay cannot be made to go on, with the command that does', async () => {
    const clock = new FakeClock()
    const {cluster} = labOf(clock, {stdout: seen('0/2000100')}, Infinity)
    await expect(clock.run(recordContent(cluster, clock, record))).rejects.toMatchObject({
      code: 'LAB_UNHEALTHY',
      next: expect.arrayContaining([expect.stringContaining('pg_wal_replay_resume')]) as string[],
    })
  })

  it('is not recorded where a person has paused replay, which stays as it is', async () => {
    const clock = new FakeClock()
    const {cluster, ran} = labOf(clock, {exitCode: 75, stderr: 'its replay is paused already, by somebody else'})
    await expect(clock.run(recordContent(cluster, clock, record))).rejects.toMatchObject({
      code: 'BACKUP_FAILED',
      message: expect.stringContaining('by somebody else') as string,
    })
    expect(ran).toEqual(['pg2 script'])
  })

  it('is given up on Ctrl-C, as often as it takes until the script has ended', async () => {
    const clock = new FakeClock()
    const stop = new AbortController()
    const {cluster, ran} = labOf(clock, {stdout: seen('0/2000100')})
    const slow: Cluster = {
      ...cluster,
      exec: async (service, argv, options) => {
        if (argv[0] === 'bash') await clock.wait(2_000)
        return cluster.exec(service, argv, options)
      },
    }
    clock.after(100, () => stop.abort(new Error('SIGINT')))
    await expect(clock.run(recordContent(slow, clock, record, stop.signal))).rejects.toThrow('SIGINT')
    expect(ran).toEqual([
      'pg2 cancel',
      'pg2 cancel',
      'pg2 cancel',
      'pg2 cancel',
      'pg2 script',
      'pg2 resume',
      'pg2 resume',
    ])
  })

  it('is not begun after Ctrl-C', async () => {
    const clock = new FakeClock()
    const {cluster, ran} = labOf(clock, {})
    await expect(
      clock.run(recordContent(cluster, clock, record, AbortSignal.abort(new Error('SIGINT')))),
    ).rejects.toThrow('SIGINT')
    expect(ran).toEqual([])
  })

  it('of a logical one is not recorded', async () => {
    const clock = new FakeClock()
    await expect(
      clock.run(
        recordContent(labOf(clock, {}).cluster, clock, {
          ...record,
          kind: 'logical',
          timeline: null,
          startLsn: null,
          stopLsn: null,
        }),
      ),
    ).rejects.toMatchObject({code: 'USAGE'})
  })
})

describe('the standby that stands still', () => {
  const member = (name: string, role: Role, word: string | null = 'streaming'): MemberState => ({
    name,
    container: 'running',
    role,
    state: word,
    timeline: 1,
    lagBytes: 0,
    replayLagBytes: 0,
  })
  const stateOf = (...members: readonly MemberState[]): ClusterState => ({
    lab: 'lab',
    members,
    dcs: [],
    lease: {owner: 'pg1', expiresInMs: 1},
    primary: 'pg1',
    syncStandbys: [],
    timeline: 1,
    paused: false,
  })
  it.each([
    ['the one that the backup is from', 'pg2', 'pg2'],
    ['another where that one is the primary', 'pg1', 'pg3'],
  ])('is %s', (_what, from, expected) =>
    expect(
      chooseContentNode(
        stateOf(member('pg1', 'primary', 'running'), member('pg2', 'sync standby'), member('pg3', 'standby')),
        from,
      ),
    ).toBe(expected),
  )
  it('is nobody where none streams', () =>
    expect(() =>
      chooseContentNode(stateOf(member('pg1', 'primary', 'running'), member('pg2', 'standby', 'starting')), 'pg1'),
    ).toThrow(expect.objectContaining({code: 'LAB_UNHEALTHY'}) as Error))
})
