// What becomes of a restore that was cut off, at each of its stages. Not here: putting back (put-back.test.ts).
import {describe, expect, it} from 'vitest'
import {fakeArchive, type FakeArchive} from '../../test/fakes/fake-archive.ts'
import {fullBackup} from '../../test/fakes/fake-backup.ts'
import {FakeClock} from '../../test/fakes/fake-clock.ts'
import {portsOf} from '../../test/fakes/fake-recovery-ports.ts'
import type {ConnectedLab} from '../lab/lifecycle/connect-lab.ts'
import {beginRecord, noteChecked, noteInUse, readRecord} from '../lab/lifecycle/restore-record.ts'
import type {RestoreRecord} from '../lab/lifecycle/restore-state.ts'
import {startRestoreNode} from '../lab/nodes/restore-node.ts'
import {workInNode} from '../waiting/work-in-node.ts'
import type {StartLab} from './restore-into-new-lab.ts'
import {wantedOf} from './restore-request.ts'
import {resumeRestore} from './resume-restore.ts'

const clock = new FakeClock()
const promoted = {'recovery wait': {stdout: '0/4000000||2|f\nredo done at 0/3FFFFC0'}}

const record = (change: Partial<RestoreRecord> = {}): RestoreRecord => ({
  place: 'into',
  id: 'this one',
  from: 'lab',
  member: 'pg1',
  wanted: {to: 'latest'},
  make: {archive: 'command'},
  ...change,
})

const archive = (): FakeArchive => fakeArchive({backups: [fullBackup('a', 1)], programs: promoted})

/** The lab of that name, on the cluster of the archive. */
const labOf = ({cluster}: FakeArchive, lab: string): ConnectedLab => {
  const named = {...cluster, lab}
  return {cluster: named, clusters: [{cluster: named}], description: {services: []}} as unknown as ConnectedLab
}

async function resume(fake: FakeArchive, lab: string) {
  const made: unknown[] = []
  const start: StartLab = async ({name, from, wanted, again}, work) => {
    made.push({name, from, wanted, again, left: [...fake.containers.keys()].filter(one => one.includes('second-pg'))})
    const node = await startRestoreNode(fake.docker, {from, into: name, member: 'pg1'})
    const restored = await workInNode(node, undefined, work)
    return {lab: labOf(fake, name), restored, startStandbys: async () => undefined}
  }
  const planned: unknown[] = []
  const work = resumeRestore(portsOf(fake, clock), lab, {
    connect: async name => labOf(fake, name),
    newLab: name => ({name, settings: {}}),
    onPlanned: prepared => void planned.push(prepared?.plan.chain.map(({id}) => id) ?? null),
    discardNewer: false,
    start,
  })
  return {done: await clock.run(work), made, planned}
}

describe('a restore into a new lab that was cut off', () => {
  it('before Patroni had its data takes away what was made, and begins anew from the same target', async () => {
    const fake = archive()
    fake.addService('second', 'pg1')
    await beginRecord(fake.docker, 'second', record())
    fake.volumes.set('hl-second_pg1-data', {'hl.lab': 'second'})
    const {done, made, planned} = await resume(fake, 'second')
    expect(made).toEqual([{name: 'second', from: 'lab', wanted: {to: 'latest'}, again: true, left: []}])
    expect([planned, done.checks.filter(({verdict}) => verdict === 'fail')]).toEqual([[['a']], []])
    expect([fake.volumes.size, fake.locks(), await readRecord(fake.docker, 'second')]).toEqual([0, [], null])
  })

  it('whose target nobody knows is only taken away', async () => {
    const fake = archive()
    await beginRecord(fake.docker, 'second', record({wanted: null}))
    await expect(resume(fake, 'second')).rejects.toMatchObject({
      code: 'RESTORE_UNFINISHED',
      next: [expect.stringContaining('hl down --volumes --confirm second')],
    })
    expect(fake.locks()).toEqual([])
  })

  it.each(['in-use', 'checked'] as const)('%s goes on: nothing is restored again, and it is verified', async stage => {
    const fake = archive()
    fake.addService('second', 'pg1')
    await beginRecord(fake.docker, 'second', record())
    await noteInUse(fake.docker, 'second')
    if (stage === 'checked') await noteChecked(fake.docker, 'second', ['standbys'])
    const {done, made, planned} = await resume(fake, 'second')
    expect([made, planned, done.restored, done.prepared]).toEqual([[], [null], null, null])
    expect(done.checks.length).toBeGreaterThan(4)
    expect(fake.log.filter(line => /^(?:start|stop|wipe|backup-fetch)/.test(line))).toEqual(['start pg1'])
    expect(await readRecord(fake.docker, 'second')).toBeNull()
  })

  it('that fails again is still on record, and says how it is ended', async () => {
    const fake = archive()
    fake.addService('second', 'pg1')
    await beginRecord(fake.docker, 'second', record())
    fake.backups.splice(0)
    await expect(resume(fake, 'second')).rejects.toMatchObject({code: 'TARGET_UNREACHABLE'})
    expect([(await readRecord(fake.docker, 'second'))?.stage, fake.locks()]).toEqual(['begun', []])
  })
})

describe('a restore in place that was cut off', () => {
  const moved = (fake: FakeArchive): readonly string[] => fake.log.filter(line => line.startsWith('data '))

  it('before anything was moved begins as if for the first time', async () => {
    const fake = archive()
    await beginRecord(fake.docker, 'lab', record({place: 'in-place'}))
    const {done} = await resume(fake, 'lab')
    expect(done.checks.filter(({verdict}) => verdict === 'fail')).toEqual([])
    expect([moved(fake), await readRecord(fake.docker, 'lab')]).toEqual([['data moved aside', 'data taken over'], null])
  })

  it('whose data is in use starts its member first, and makes anew who does not stream', async () => {
    const fake = archive()
    fake.members = fake.members.map(one => (one.name === 'pg3' ? {...one, state: 'stopped'} : one))
    await beginRecord(fake.docker, 'lab', record({place: 'in-place'}))
    await noteInUse(fake.docker, 'lab')
    const work = resume(fake, 'lab')
    const {done} = await work
    expect(fake.log.filter(line => /^(?:start|stop|wipe) /.test(line))).toEqual([
      'start pg1',
      'stop pg3',
      'wipe pg3',
      'start pg3',
    ])
    expect(done.checks.find(({name}) => name === 'standbys')?.verdict).toBe('fail')
    expect(await readRecord(fake.docker, 'lab')).toMatchObject({stage: 'checked', failed: ['standbys']})
  })
})

it('nothing is resumed where nothing was cut off', async () => {
  await expect(resume(archive(), 'lab')).rejects.toMatchObject({
    code: 'LAB_SETTINGS_DIFFER',
    message: 'no restore of lab lab was cut off',
  })
})

it('what was asked for comes back from its record, and nothing that is of another shape', () => {
  const kept = {to: 'latest', toXid: 7, inclusive: false, timeline: 3, identity: 'AGE-SECRET-KEY-1X', backup: 'a'}
  expect(wantedOf(JSON.parse(JSON.stringify(kept)) as typeof kept)).toEqual({
    to: 'latest',
    inclusive: false,
    timeline: 3,
    backup: 'a',
  })
})
