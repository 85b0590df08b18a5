import {describe, expect, it} from 'vitest'
import {fakeArchive, untilRemoved, type FakeArchive, type Programs} from '../../test/fakes/fake-archive.ts'
import {fullBackup} from '../../test/fakes/fake-backup.ts'
import {FakeClock} from '../../test/fakes/fake-clock.ts'
import {portsOf} from '../../test/fakes/fake-recovery-ports.ts'
import type {ConnectedLab} from '../lab/lifecycle/connect-lab.ts'
import {beginRecord, readRecord} from '../lab/lifecycle/restore-record.ts'
import {startRestoreNode} from '../lab/nodes/restore-node.ts'
import {HlError} from '../model/errors.ts'
import {workInNode} from '../waiting/work-in-node.ts'
import type {PreparedRestore} from './prepare-restore.ts'
import {planIntoNewLab, restoreIntoNewLab, type StartLab} from './restore-into-new-lab.ts'
import type {RestoreRequest} from './restore-request.ts'

const latest: RestoreRequest = {target: {kind: 'latest'}, damage: null}
const promoted: Programs = {'recovery wait': {stdout: '0/4000000||2|f\nredo done at 0/3FFFFC0'}}
const clock = new FakeClock()
const into = {name: 'second', settings: {}}
const down = 'hl down --volumes --confirm second --lab second'

interface Trouble {
  readonly signal?: AbortSignal
  /** Before the lab is restored, after its plan was shown. */
  readonly between?: () => void
  /** Before anything of the new lab is made. */
  readonly make?: () => void
  readonly startStandbys?: () => Promise<void>
}

/** Plans, and restores into containers that stand for a lab of one member. */
async function restore(
  fake: FakeArchive,
  {signal, between = () => undefined, make = () => undefined, startStandbys = async () => undefined}: Trouble = {},
) {
  const source = {cluster: fake.cluster}
  const ports = portsOf(fake, clock, signal)
  const replanned: PreparedRestore[] = []
  const start: StartLab = async ({name, from, identity, wanted, signal: stop}, work) => {
    make()
    await beginRecord(fake.docker, name, {
      place: 'into',
      id: 'now',
      from,
      member: 'pg1',
      wanted: wanted ?? null,
      make: {},
    })
    fake.addService(name, 'pg1')
    const node = await startRestoreNode(fake.docker, {from, into: name, member: 'pg1', identity})
    const restored = await workInNode(node, stop, work)
    const cluster = {...fake.cluster, lab: name}
    return {lab: {cluster} as unknown as ConnectedLab, restored, startStandbys}
  }
  const shown = await clock.run(planIntoNewLab(ports, source, latest, into))
  between()
  const done = await clock.run(
    restoreIntoNewLab(
      ports,
      source,
      shown,
      into,
      {onReplanned: now => void replanned.push(now), wanted: {to: 'latest', identity: 'AGE-SECRET-KEY-1X'}},
      start,
    ),
  )
  return {done, replanned}
}

const archive = (programs: Programs = {}): FakeArchive =>
  fakeArchive({backups: [fullBackup('a', 1), fullBackup('b', 2)], programs: {...promoted, ...programs}})
const left = (fake: FakeArchive): readonly string[] => [...fake.containers.keys()]

describe('a restore into a new lab', () => {
  it('holds both labs until it is verified, and the source is not touched', async () => {
    const fake = archive()
    const {done, replanned} = await restore(fake)
    expect(done.lab.cluster.lab).toBe('second')
    expect(done.checks.filter(({verdict}) => verdict !== 'pass')).toEqual([])
    expect([done.prepared.plan.chain.map(({id}) => id), replanned]).toEqual([['b'], []])
    const verified = fake.log.findIndex(line => line.startsWith('pg_dump'))
    expect(fake.log.slice(verified).filter(line => line.startsWith('unlocked'))).toEqual([
      'unlocked hl-second-lock',
      'unlocked hl-lab-lock',
    ])
    expect(fake.log.filter(line => /^(?:stop|wipe|start) /.test(line))).toEqual([])
    expect(left(fake)).toEqual(['hl-second-pg1-1'])
    expect(await readRecord(fake.docker, 'second')).toBeNull()
  })

  it('tells of another plan than was shown, and carries that out', async () => {
    const fake = archive()
    const {done, replanned} = await restore(fake, {between: () => fake.backups.pop()})
    expect(replanned).toEqual([done.prepared])
    expect(done.prepared.plan.chain.map(({id}) => id)).toEqual(['a'])
  })

  it('is refused, with nothing made, when its backups were removed meanwhile', async () => {
    const fake = archive()
    await expect(restore(fake, {between: () => fake.backups.splice(0)})).rejects.toMatchObject({
      code: 'TARGET_UNREACHABLE',
    })
    expect(left(fake)).toEqual([])
  })

  it('is refused before the archive is asked where there is a lab of that name, or its data', async () => {
    const fake = archive()
    fake.volumes.set('hl-second_pg1-data', {'hl.lab': 'second'})
    await expect(restore(fake)).rejects.toMatchObject({
      code: 'LAB_SETTINGS_DIFFER',
      next: ['choose another name: --into <new lab>', expect.stringContaining(down)],
    })
    expect(fake.log).toEqual([])
  })

  it.each(['lab', 'second'])('is refused while somebody works on lab %s, and lets go of the other', async busy => {
    const fake = archive()
    await expect(restore(fake, {between: () => fake.lock(busy, 'hl failover')})).rejects.toMatchObject({
      code: 'LAB_BUSY',
    })
    expect(fake.locks()).toEqual([`hl-${busy}-lock`])
    expect(fake.log.filter(line => line.startsWith('made'))).toEqual([])
  })

  it('that fails names the lab that is left without its data, and lets go of both', async () => {
    const fake = archive({'recovery wait': {exitCode: 1, stderr: 'FATAL:  no'}})
    await expect(restore(fake)).rejects.toMatchObject({
      code: 'RESTORE_FAILED',
      next: expect.arrayContaining([
        expect.stringContaining('hl restore --resume --lab second'),
        expect.stringContaining(down),
      ]) as string[],
    })
    expect(left(fake)).toEqual(['hl-second-pg1-1'])
    const record = await readRecord(fake.docker, 'second')
    expect([record?.stage, record?.wanted]).toEqual(['begun', {to: 'latest'}])
  })

  it('that fails before anything is made names nothing that is not there', async () => {
    const fake = archive()
    const make = (): never => {
      throw new HlError('IMAGE_MISSING', 'no image', {next: ['sh scripts/setup.sh']})
    }
    await expect(restore(fake, {make})).rejects.toMatchObject({code: 'IMAGE_MISSING', next: ['sh scripts/setup.sh']})
    expect(left(fake)).toEqual([])
  })

  it('does not offer to destroy a lab that somebody made meanwhile', async () => {
    const fake = archive()
    const make = (): never => {
      fake.addService('second', 'pg1')
      throw new HlError('LAB_SETTINGS_DIFFER', 'it is there', {next: ['choose another name']})
    }
    await expect(restore(fake, {make})).rejects.toMatchObject({next: ['choose another name']})
    expect(fake.locks()).toEqual([])
  })

  it.each(['backup-fetch', 'backup-compare', 'recovery start', 'recovery wait'])(
    'is INTERRUPTED at Ctrl-C during %s: nothing restores any more, and what is left is named',
    async phase => {
      const stop = new AbortController()
      const fake = fakeArchive({backups: [fullBackup('a', 1)]})
      fake.programs[phase] = untilRemoved(fake.log, () => stop.abort('SIGINT'))
      await expect(restore(fake, {signal: stop.signal})).rejects.toMatchObject({
        code: 'INTERRUPTED',
        message: 'interrupted by SIGINT; lab second is left without its data',
        next: [expect.stringContaining('hl restore --resume --lab second'), expect.stringContaining(down)],
      })
      expect(left(fake)).toEqual(['hl-second-pg1-1'])
      expect(fake.log).toContain('removed hl-second-restore')
    },
  )

  it('whose standbys do not start is done, and a check says so', async () => {
    const fake = archive()
    const startStandbys = async (): Promise<void> =>
      Promise.reject(new HlError('LAB_UNHEALTHY', 'not rebuilt: pg2', {next: ['look']}))
    const {done} = await restore(fake, {startStandbys})
    expect(done.checks.filter(({verdict}) => verdict === 'fail').map(({name, detail}) => [name, detail])).toEqual([
      ['standbys', expect.stringContaining('not rebuilt: pg2')],
    ])
    expect(await readRecord(fake.docker, 'second')).toMatchObject({stage: 'checked', failed: ['standbys']})
    expect(fake.locks()).toEqual([])
  })
})
