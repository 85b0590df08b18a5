import {describe, expect, it} from 'vitest'
import {FakeClock} from '../../../test/fakes/fake-clock.ts'
import {fakeDocker} from '../../../test/fakes/fake-docker.ts'
import type {ConnectedLab} from './connect-lab.ts'
import type {NamedPosition} from './data-position.ts'
import {putBack} from './put-back.ts'
import {beginRecord, noteInUse, readRecord} from './restore-record.ts'

interface Data {
  readonly timeline: number
  readonly lsn: string
}

interface World {
  /** Each member's data directory. */
  readonly data?: Readonly<Record<string, Data>>
  /** The safety copy, on the volume of pg2. */
  readonly copy?: Data | null
  /** By which restore it was moved. */
  readonly movedBy?: string
  /** What the file says that is there once the data was given to Patroni. */
  readonly takenOver?: string
  readonly primary?: string | null
}

const control = ({timeline, lsn}: Data): string =>
  `Database cluster state:               shut down\nLatest checkpoint location:           ${lsn}\nLatest checkpoint's TimeLineID:       ${timeline}\n`

/** A lab of two whose restore in place, of pg2, was cut off; what was done to it, in order. */
async function worldOf({
  data = {pg1: {timeline: 3, lsn: '0/5000000'}},
  copy = {timeline: 3, lsn: '0/5000028'},
  movedBy = 'this one',
  takenOver,
  primary = null,
}: World = {}) {
  const did: string[] = []
  let running = primary
  const answer = (script: string, member: string): string => {
    if (script.includes('mv /var/lib/postgresql/data.before-restore /var/lib/postgresql/data;')) did.push('swapped')
    const isPg2 = member === 'pg2'
    if (script.startsWith('cd /var/lib/postgresql/data.before-restore')) return copy === null ? '' : control(copy)
    if (script.startsWith('cd /var/lib/postgresql/data '))
      return data[member] === undefined ? '' : control(data[member])
    if (script.includes('echo moved')) return isPg2 && copy !== null && script.includes(`'${movedBy}'`) ? 'moved' : ''
    if (script.startsWith('cat ')) return takenOver ?? ''
    if (script.includes('restore-taken-over ]')) return isPg2 && takenOver !== undefined ? 'there' : ''
    if (script.includes('data.before-restore ]; then echo there')) return isPg2 && copy !== null ? 'there' : ''
    return ''
  }
  const engine = fakeDocker({onVolume: (script, volume) => answer(script, volume.replace(/^hl-lab_|-data$/g, ''))})
  const done = (verb: string) => async (name: string) => {
    did.push(`${verb} ${name}`)
    if (verb === 'start') running ??= name
    if (verb === 'stop' && running === name) running = null
    return Promise.resolve()
  }
  const cluster = {
    lab: 'lab',
    members: ['pg1', 'pg2'],
    dcsMembers: ['etcd1'],
    state: async () => Promise.resolve({primary: running, members: []}),
    stop: done('stop'),
    start: done('start'),
    wipe: done('wipe'),
    exec: async (_member: string, argv: readonly string[]) => {
      if (argv.join(' ').includes('archive-push')) did.push('archived')
      return Promise.resolve({exitCode: 0, stdout: '', stderr: ''})
    },
  }
  await beginRecord(engine.docker, 'lab', {
    place: 'in-place',
    id: 'this one',
    from: 'lab',
    member: 'pg2',
    wanted: {to: 'latest'},
    make: {},
  })
  const clock = new FakeClock()
  const archivedUpTo = (timeline: number, lsn: bigint): NamedPosition => ({
    name: 'the archive',
    timeline,
    lsn,
    isClean: true,
  })
  const passArchived = async () => Promise.resolve(void did.push('passed'))
  const undo = async (
    archived: NamedPosition | null = archivedUpTo(3, 0x4000000n),
    discardNewer = false,
  ): Promise<string> =>
    clock.run(
      putBack(engine.docker, {cluster} as unknown as ConnectedLab, {clock, archived, discardNewer, passArchived}),
    )
  return {did, undo, archivedUpTo, docker: engine.docker}
}

describe('putting back what a cut-off restore in place moved aside', () => {
  it('swaps the data, starts its member first, rebuilds the others, and is over', async () => {
    const {did, undo, docker} = await worldOf()
    expect(await undo()).toBe('pg2')
    expect(did).toEqual(['stop pg1', 'stop pg2', 'swapped', 'start pg2', 'wipe pg1', 'start pg1'])
    expect(await readRecord(docker, 'lab')).toBeNull()
  })

  it.each<readonly [string, World, string]>([
    ['somebody started the old primary', {primary: 'pg1'}, 'pg1 is the primary now and takes writes'],
    [
      'a member was promoted meanwhile',
      {data: {pg1: {timeline: 4, lsn: '0/1'}}},
      'pg1 is on timeline 4, the safety copy on 3',
    ],
    [
      'a member went on along the same timeline',
      {data: {pg1: {timeline: 3, lsn: '0/6000000'}}},
      'pg1 has WAL up to 0/6000000, the safety copy up to 0/5000028',
    ],
  ])('is refused, with nothing touched, where %s; the flag that says so does it', async (_what, world, why) => {
    const {did, undo, docker} = await worldOf(world)
    await expect(undo()).rejects.toMatchObject({
      code: 'LAB_SETTINGS_DIFFER',
      message: expect.stringContaining(why) as string,
      next: [
        '`hl restore --into <lab> --to latest` restores what was written since, beside it',
        '`hl restore --put-back --discard-newer` throws it away, and brings the data back that was moved aside',
      ],
    })
    expect([did, (await readRecord(docker, 'lab'))?.stage]).toEqual([[], 'begun'])
    expect(await undo(null, true)).toBe('pg2')
    expect(did).toContain('swapped')
  })

  it.each<readonly [string, NamedPosition | null, string]>([
    ['the archive went on', {name: 'the archive', timeline: 3, lsn: 0x6000000n, isClean: true}, 'the archive has WAL'],
    ['the archive has a newer timeline', {name: 'the archive', timeline: 4, lsn: 0n, isClean: true}, 'on timeline 4'],
    ['nobody can say how far the archive goes', null, 'the archive does not say'],
  ])('is refused where %s', async (_what, archived, why) => {
    const {did, undo} = await worldOf()
    await expect(undo(archived)).rejects.toMatchObject({message: expect.stringContaining(why) as string})
    expect(did).toEqual([])
  })

  it('passes the timelines of the archive that are thrown away: their numbers would be given out again', async () => {
    const {did, undo, archivedUpTo} = await worldOf({
      data: {pg1: {timeline: 4, lsn: '0/1'}, pg2: {timeline: 3, lsn: '0/1'}},
    })
    await undo(archivedUpTo(4, 0n), true)
    expect(did).toEqual(['stop pg1', 'stop pg2', 'swapped', 'passed', 'start pg2', 'archived', 'wipe pg1', 'start pg1'])
  })

  it('once the restored data was in use is refused, and names the timeline that the safety copy is on', async () => {
    const {did, undo} = await worldOf({
      copy: {timeline: 9, lsn: '0/5000028'},
      data: {pg2: {timeline: 11, lsn: '0/7000000'}},
      takenOver: '10 0/6000000',
    })
    await expect(undo()).rejects.toMatchObject({
      message: expect.stringContaining('was in use') as string,
      next: [
        '`hl restore --into <lab> --to latest --timeline 9` restores what was there before, beside it',
        expect.stringContaining('on the volume of pg2'),
      ],
    })
    expect(did).toEqual([])
  })

  it('is possible as long as nobody promoted what Patroni was given', async () => {
    const {did, undo, docker} = await worldOf({
      data: {pg2: {timeline: 4, lsn: '0/6000000'}},
      takenOver: '4 0/6000000',
    })
    await noteInUse(docker, 'lab')
    expect(await undo()).toBe('pg2')
    expect(did).toContain('swapped')
  })

  it.each<readonly [string, World]>([
    ['nothing was moved aside yet', {copy: null}],
    ['what lies aside is of an earlier restore', {movedBy: 'an earlier one'}],
  ])('where %s only starts the lab, the old primary first', async (_what, world) => {
    const {did, undo, docker} = await worldOf(world)
    expect(await undo()).toBe('pg2')
    expect(did).toEqual(['start pg2', 'start pg1'])
    expect(await readRecord(docker, 'lab')).toBeNull()
  })
})
