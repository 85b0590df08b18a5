import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {fakeDocker} from '../../../test/fakes/fake-docker.ts'
import {FakeClock} from '../../../test/fakes/fake-clock.ts'
import {takeDown} from './down-lab.ts'
import {lockLab} from './lock.ts'
import {
  beginRecord,
  dropRecord,
  listRecords,
  noteChecked,
  noteInUse,
  parseRecords,
  readRecord,
} from './restore-record.ts'
import type {RestoreRecord} from './restore-state.ts'
import {bringUp} from './up-lab.ts'

const record: RestoreRecord = {
  place: 'into',
  id: '2026-01-01T00:00:00.000Z',
  from: 'lab',
  member: 'pg1',
  wanted: {beforeStatement: 'update "x"\tset a=1, b=2', timeline: 3},
  make: {archive: 'command'},
}

describe('the record of a restore', () => {
  it('is what was written, at each stage, and gone when nothing failed', async () => {
    const {docker, volumes} = fakeDocker()
    await beginRecord(docker, 'second', record)
    expect(await readRecord(docker, 'second')).toEqual({...record, lab: 'second', stage: 'begun', failed: []})
    await noteInUse(docker, 'second')
    expect(await readRecord(docker, 'second')).toMatchObject({stage: 'in-use', wanted: record.wanted})
    await noteChecked(docker, 'second', ['standbys'])
    await noteChecked(docker, 'second', ['amcheck', 'roles'])
    expect(await readRecord(docker, 'second')).toMatchObject({stage: 'checked', failed: ['amcheck', 'roles']})
    await noteChecked(docker, 'second', [])
    expect([await listRecords(docker), volumes.size]).toEqual([[], 0])
  })

  it('belongs to its lab alone, and goes with the data of that lab', async () => {
    const {docker} = fakeDocker()
    await beginRecord(docker, 'second', record)
    await beginRecord(docker, 'third', {...record, place: 'in-place'})
    await takeDown(docker, 'second', {volumes: false, force: false})
    expect((await listRecords(docker)).map(({lab, place}) => [lab, place])).toEqual([
      ['second', 'into'],
      ['third', 'in-place'],
    ])
    await takeDown(docker, 'second', {volumes: true, force: false})
    expect((await listRecords(docker)).map(({lab}) => lab)).toEqual(['third'])
  })

  it('cut off anywhere while it is dropped, is there whole or not at all', async () => {
    const {docker, volumes} = fakeDocker()
    await beginRecord(docker, 'second', record)
    await noteInUse(docker, 'second')
    // Its beginning goes last, so a prefix of the removals leaves a record of an earlier stage, or none.
    volumes.delete('hl-second_restore-in-use')
    expect((await readRecord(docker, 'second'))?.stage).toBe('begun')
    await noteInUse(docker, 'second')
    volumes.delete('hl-second_restore-begun')
    expect(await readRecord(docker, 'second')).toBeNull()
    await beginRecord(docker, 'second', record)
    expect((await readRecord(docker, 'second'))?.stage).toBe('begun')
    await dropRecord(docker, 'second')
    expect(volumes.size).toBe(0)
  })

  it('keeps whatever was asked for, byte for byte', () =>
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer(), fc.boolean())), wanted => {
        const line = `second\tbegun\t${JSON.stringify({...record, wanted})}\n`
        expect(parseRecords(line)[0]?.wanted).toEqual(JSON.parse(JSON.stringify(wanted)))
      }),
    ))
})

describe('a lab whose restore is not over', () => {
  async function half(place: RestoreRecord['place']) {
    const fake = fakeDocker()
    fake.addService('second', 'pg1')
    await beginRecord(fake.docker, 'second', {...record, place})
    return fake
  }

  it('is refused to whoever takes it for something else, and let go again', async () => {
    const {docker, locks} = await half('in-place')
    await expect(lockLab(docker, {lab: 'second', what: 'hl switchover'})).rejects.toMatchObject({
      code: 'RESTORE_UNFINISHED',
    })
    expect(locks()).toEqual([])
    await (await lockLab(docker, {lab: 'second', what: 'hl restore --resume'})).release()
    await (await lockLab(docker, {lab: 'third', what: 'hl switchover'})).release()
  })

  it.each(['into', 'in-place'] as const)('(%s) is not brought up: nothing is started', async place => {
    const {docker, log} = await half(place)
    const clock = new FakeClock()
    await expect(bringUp(docker, {name: 'second', settings: {}, clock})).rejects.toMatchObject({
      code: 'RESTORE_UNFINISHED',
      next: [expect.stringContaining('hl restore --resume --lab second'), expect.anything()],
    })
    expect(log).toEqual(['locked hl-second-lock', 'unlocked hl-second-lock'])
  })
})

describe('taking down a lab that a command works on', () => {
  it('is refused, naming who does and the way around it, and nothing goes', async () => {
    const {docker, containers, lock, addService} = fakeDocker()
    addService('second', 'pg1')
    lock('second', 'hl restore --into')
    await expect(takeDown(docker, 'second', {volumes: true, force: false})).rejects.toMatchObject({
      code: 'LAB_BUSY',
      message: 'lab second is in use by hl restore --into (process 7 on elsewhere)',
      next: expect.arrayContaining(['`hl down --force --lab second` takes the lab away from under it']) as string[],
    })
    expect([...containers.keys()]).toEqual(['hl-second-pg1-1', 'hl-second-lock'])
    await takeDown(docker, 'second', {volumes: true, force: true})
    expect([...containers.keys()]).toEqual([])
  })
})
