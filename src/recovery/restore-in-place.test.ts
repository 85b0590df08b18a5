// What a person sees of a restore in place, and who holds the lab. Not here: how the old data comes back
// (src/lab/lifecycle/in-place-lab.test.ts).
import {describe, expect, it} from 'vitest'
import {fakeArchive, untilRemoved, type FakeArchive, type Programs} from '../../test/fakes/fake-archive.ts'
import {fullBackup} from '../../test/fakes/fake-backup.ts'
import {FakeClock} from '../../test/fakes/fake-clock.ts'
import {portsOf} from '../../test/fakes/fake-recovery-ports.ts'
import type {ConnectedLab} from '../lab/lifecycle/connect-lab.ts'
import {prepareRestore, type PreparedRestore} from './prepare-restore.ts'
import {restorableAgain} from './restorable-again.ts'
import {putBackData, restoreInPlace} from './restore-in-place.ts'

async function restore(
  fake: FakeArchive,
  {between = () => undefined, signal}: {readonly between?: () => void; readonly signal?: AbortSignal} = {},
) {
  const clock = new FakeClock()
  const ports = portsOf(fake, clock, signal)
  const replanned: PreparedRestore[] = []
  const lab = labOf(fake)
  const shown = await clock.run(
    prepareRestore(ports, fake.cluster, {target: {kind: 'latest'}, damage: null}, {how: 'look'}),
  )
  between()
  const onReplanned = (now: PreparedRestore): void => void replanned.push(now)
  const done = await clock.run(restoreInPlace(ports, lab, shown, {discardCopy: false, onReplanned}))
  return {done, replanned}
}

/** Its services besides the members run already. */
const labOf = ({cluster}: FakeArchive): ConnectedLab =>
  ({cluster, clusters: [{cluster}], description: {services: []}}) as unknown as ConnectedLab

const archive = (programs: Programs = {}): FakeArchive =>
  fakeArchive({backups: [fullBackup('a', 1), fullBackup('b', 2)], programs})
const dataOf = ({log}: FakeArchive): readonly string[] => log.filter(line => line.startsWith('data '))

describe('a restore in place', () => {
  it('holds the lab until it is verified', async () => {
    const fake = archive()
    const {done, replanned} = await restore(fake)
    expect(done.checks.filter(({verdict}) => verdict !== 'pass')).toEqual([])
    expect(replanned).toEqual([])
    expect(dataOf(fake)).toEqual(['data moved aside', 'data taken over'])
    const lock = fake.log.indexOf('locked hl-lab-lock')
    expect(fake.log.findIndex(line => line.startsWith('stop '))).toBeGreaterThan(lock)
    expect(fake.log.at(-1)).toBe('unlocked hl-lab-lock')
  })

  it('of one shard of several puts it into quarantine before it is handed over, and etcd forgets that one alone', async () => {
    const fake = fakeArchive({
      backups: [fullBackup('a', 1), fullBackup('b', 2)],
      answers: [[/pg_controldata/, 'Database system identifier:           7']],
    })
    const shard: FakeArchive = {...fake, cluster: {...fake.cluster, name: 's2'}}
    await restore(shard)
    const at = (pattern: RegExp): number => fake.log.findIndex(line => pattern.test(line))
    const order = [/^renew-passwords/, /^psql .* -d hl -c DO \$mark\$/, /^recovery stop/, /^data taken over/]
    const places = order.map(at)
    expect(places).toEqual(places.toSorted((one, other) => one - other))
    expect(places).not.toContain(-1)
    expect(at(/^sh -euc .*hl-secrets/)).toBeGreaterThan(-1)
    expect(at(/^forget-leader/)).toBe(-1)
    // A lab of one cluster has nobody to be in line with.
    const sole = archive()
    await restore(sole)
    expect(sole.log.filter(line => line.includes('$mark$'))).toEqual([])
    expect(sole.log).toContain('forget-leader')
  })

  it('looks whether what it made can be restored again, and does not take for it what it could not see', async () => {
    const fake = archive()
    const again = async () => {
      const clock = new FakeClock()
      return clock.run(restorableAgain(portsOf(fake, clock), fake.cluster))
    }
    expect((await restore(fake)).done.checks).toContainEqual(await again())
    expect(await again()).toMatchObject({name: 'restorable-again', verdict: 'pass'})
    fake.backups.splice(0)
    expect(await again()).toMatchObject({
      verdict: 'fail',
      detail: expect.stringContaining('no sound backup leads') as string,
    })
    fake.answers.push([/pg_switch_wal/, '7|5|0/4000000|1767225600000'])
    expect(await again()).toMatchObject({verdict: 'unknown'})
    // The archiver has given up what it was to hand over.
    let failures = 0
    fake.programs['psql'] = async () =>
      Promise.resolve({
        stdout:
          fake.log.at(-1)?.includes('pg_stat_archiver') === true
            ? `000000050000000000000003|now|${failures++}`
            : '7|5|0/4000000|1767225600000',
      })
    expect(await again()).toMatchObject({
      verdict: 'fail',
      detail: expect.stringContaining('pg1 cannot archive 000000050000000000000003') as string,
    })
  })

  it('tells of another plan than was shown, and carries that out', async () => {
    const fake = archive()
    const {done, replanned} = await restore(fake, {between: () => fake.backups.pop()})
    expect(replanned).toEqual([done.prepared])
    expect(done.prepared.plan.chain.map(({id}) => id)).toEqual(['a'])
  })

  it.each<readonly [string, (fake: FakeArchive) => void, string]>([
    ['its backups were removed meanwhile', fake => fake.backups.splice(0), 'TARGET_UNREACHABLE'],
    ['there is no primary any more', fake => (fake.primary = null), 'LAB_UNHEALTHY'],
    ['somebody works on the lab', fake => fake.lock('lab', 'hl failover'), 'LAB_BUSY'],
  ])('is refused, with nothing stopped, when %s', async (_what, between, code) => {
    const fake = archive()
    await expect(
      restore(fake, {
        between: () => {
          between(fake)
        },
      }),
    ).rejects.toMatchObject({code})
    expect(fake.log.filter(line => /^(?:stop|made|data) /.test(line))).toEqual([])
    expect(fake.log.filter(line => line.startsWith('locked'))).toHaveLength(
      fake.log.filter(line => line.startsWith('unlocked')).length,
    )
  })

  it('is refused, with nothing stopped, where the WAL that it needs is damaged', async () => {
    const fake = archive()
    fake.programs['wal-check'] = async () => {
      const damaged = [{name: '000000010000000000000002', lastRecord: '0/2000200', why: 'offset 264: torn'}]
      for (const {name, ...damage} of damaged) fake.damage.set(name, damage)
      return Promise.resolve({stdout: JSON.stringify({damaged, notes: ['000000010000000000000002 - damaged - x']})})
    }
    await expect(restore(fake)).rejects.toMatchObject({
      code: 'ARCHIVE_GAP',
      message: expect.stringContaining('000000010000000000000002 is damaged: offset 264: torn') as string,
      next: expect.arrayContaining([
        '--to-lsn 0/2000200 --timeline 1 ends before the gap, which begins at 0/2000201',
      ]) as string[],
    })
    expect(fake.log).toContain('wal-note /archive/7')
    expect(fake.log.filter(line => /^(?:stop|made|data) /.test(line))).toEqual([])
    expect(fake.locks()).toEqual([])
  })

  it('is refused where the note of the damage makes no other plan, instead of planning for ever', async () => {
    const damaged = [{name: '000000010000000000000002', lastRecord: null, why: 'torn'}]
    const fake = archive({'wal-check': {stdout: JSON.stringify({damaged, notes: []})}})
    await expect(restore(fake)).rejects.toMatchObject({
      code: 'ARCHIVE_GAP',
      message: '000000010000000000000002 is damaged: torn; every plan leads along it',
    })
    expect(fake.log.filter(line => line.startsWith('wal-check'))).toHaveLength(1)
    expect(fake.log.filter(line => /^(?:stop|made|data) /.test(line))).toEqual([])
  })

  it('that ends before what was promised has put the old data back, and noted the WAL', async () => {
    const said =
      'invalid record length at 0/3000200: expected at least 24, got 0\nredo done at 0/3000100 system usage: x'
    const fake = archive({'recovery wait': {stdout: `0/3000200||2|f\n${said}`}})
    await expect(restore(fake)).rejects.toMatchObject({
      code: 'RESTORE_FAILED',
      message: expect.stringContaining('000000010000000000000003 cannot be replayed from offset 512 on') as string,
      next: expect.arrayContaining(['--to-lsn 0/3000100 --timeline 1 ends just before it']) as string[],
    })
    expect(dataOf(fake)).toEqual(['data moved aside', 'data put back'])
    expect(fake.log.filter(line => line.startsWith('wal-check'))).toHaveLength(2)
  })

  it('is refused where the archive receives WAL by streaming', async () => {
    const fake = fakeArchive({backups: [fullBackup('a', 1)], archive: 'stream'})
    await expect(restore(fake)).rejects.toMatchObject({code: 'LAB_SETTINGS_DIFFER'})
    expect([dataOf(fake), fake.locks()]).toEqual([[], []])
  })

  it('that fails has put the old data back when it lets go of the lab', async () => {
    const fake = archive({'recovery wait': {exitCode: 1, stderr: 'FATAL:  no'}})
    await expect(restore(fake)).rejects.toMatchObject({code: 'RESTORE_FAILED'})
    expect(dataOf(fake)).toEqual(['data moved aside', 'data put back'])
    expect(fake.log.slice(-4).toSorted()).toEqual(['start pg1', 'start pg2', 'start pg3', 'unlocked hl-lab-lock'])
    expect([...fake.containers.keys()]).toEqual([])
  })

  it.each(['backup-fetch', 'recovery start', 'recovery wait'])(
    'is INTERRUPTED at Ctrl-C during %s, with the old data back and the lab let go',
    async phase => {
      const stop = new AbortController()
      const fake = fakeArchive({backups: [fullBackup('a', 1)]})
      fake.programs[phase] = untilRemoved(fake.log, () => stop.abort('SIGINT'))
      await expect(restore(fake, {signal: stop.signal})).rejects.toMatchObject({
        code: 'INTERRUPTED',
        message: expect.stringContaining('has the data again that it had before') as string,
      })
      expect(dataOf(fake)).toEqual(['data moved aside', 'data put back'])
      expect([[...fake.containers.keys()], fake.log.at(-1)]).toEqual([[], 'unlocked hl-lab-lock'])
    },
  )
})

describe('putting back what a restore in place replaced', () => {
  it('is refused where nobody holds a safety copy, and lets go of the lab', async () => {
    const fake = archive()
    const clock = new FakeClock()
    const lab = labOf(fake)
    await expect(clock.run(putBackData(portsOf(fake, clock), lab, {discardNewer: false}))).rejects.toMatchObject({
      code: 'LAB_SETTINGS_DIFFER',
      message: expect.stringContaining('no member of lab lab holds a safety copy') as string,
    })
    expect(fake.log).toEqual(['locked hl-lab-lock', 'unlocked hl-lab-lock'])
  })
})
