import {describe, expect, it} from 'vitest'
import {hintText} from '../../model/command-hint.ts'
import type {Service} from '../lifecycle/lab-description.ts'
import {waysBack} from '../lifecycle/lost-lab.ts'
import {labConditions, type ConditionFacts} from './lab-conditions.ts'
import {parseArchiver, parseStore} from './read-conditions.ts'

const soundStore = {freeBytes: 10e9, isWritable: true, drafts: [], programs: [], refused: new Map<string, string>()}
const sound: ConditionFacts = {
  lab: 'x',
  archive: 'command',
  unfinished: null,
  holder: null,
  services: {archive: 'running', pgpool: 'running'},
  waysBack: [],
  containers: [],
  copy: 'none',
  isRotating: false,
  store: soundStore,
  archivers: [{member: 'pg1', waiting: 0, failing: null}],
  receives: null,
  alarms: [],
}
const unfinished = {
  lab: 'x',
  place: 'in-place',
  stage: 'begun',
  id: 'now',
  from: 'x',
  member: 'pg1',
  wanted: {to: 'latest'},
  make: {},
  failed: [],
} as const

const told = (change: Partial<ConditionFacts>): readonly (readonly [string, readonly string[]])[] =>
  labConditions({...sound, ...change}).map(({text, fix}) => [text, fix.map(step => hintText(step))])

describe('what is wrong with a lab beside its clusters', () => {
  it('is nothing of a sound one', () => {
    expect(told({})).toEqual([])
    expect(told({archive: 'none', services: {}, store: null, archivers: []})).toEqual([])
    expect(told({copy: 'whole'})).toEqual([])
    expect(told({copy: 'unfinished', holder: 'hl copy create (process 7 on x)'})).toEqual([])
  })

  it('of one whose nodes are all lost is how the archive is restored, and nothing that begins with nothing', () => {
    const lost = {pg1: 'missing', etcd1: 'missing', archive: 'running'} as const
    const lab = {lab: 'x', archive: 'command', services: [], clusters: [{name: 'hl', members: []}]} as const
    const ways = waysBack(lab, ['hl-x_archive'])
    expect(told({services: lost, waysBack: ways})).toEqual([
      [
        'every node and its data are gone, and the archive is left: pg1, etcd1',
        ['`hl restore --into <new lab> --to latest --lab x` brings back what its archive holds'],
      ],
    ])
    const members = [{name: 'hl', members: ['pg1']}]
    expect(waysBack({...lab, clusters: members}, [])).toEqual([])
    expect(waysBack({...lab, archive: 'none'}, [])).toEqual([])
  })

  it('of one whose containers alone are gone is no restore: what was not archived is on its volumes', () => {
    const lab = {lab: 'x', archive: 'command', services: [], clusters: [{name: 'hl', members: []}]} as const
    expect(waysBack(lab, ['hl-x_archive', 'hl-x_pg1-data'])).toEqual([])
  })

  it('of one that is lost and whose archive is stopped begins with that', () => {
    const facts = {status: 'stopped'} as Service['facts']
    const services = [{name: 'archive', container: 'hl-x-archive-1', facts}]
    const ways = waysBack({lab: 'x', archive: 'command', services, clusters: [{name: 's1', members: []}]}, [])
    expect(told({services: {'s1-pg1': 'missing', 'archive': 'stopped'}, waysBack: ways})).toEqual([
      [
        expect.stringContaining('the archive is left: s1-pg1') as string,
        ['docker start hl-x-archive-1', expect.stringContaining('--to-barrier latest') as string],
      ],
    ])
  })

  it.each<readonly [string, Partial<ConditionFacts>, string, string]>([
    [
      'the archive stopped',
      {services: {archive: 'stopped'}},
      'archive is stopped: no WAL is archived',
      'hl up --lab x',
    ],
    ['the archive paused', {services: {archive: 'paused'}}, 'archive is paused: no WAL is archived', 'hl up --lab x'],
    ['the archive gone', {services: {archive: 'missing'}}, 'archive is missing', 'hl down --lab x'],
    ['pgpool stopped', {services: {archive: 'running', pgpool: 'stopped'}}, 'pgpool is stopped', 'hl up --lab x'],
    [
      'the archive full',
      {store: {freeBytes: 12_000_000, isWritable: true, drafts: [], programs: [], refused: new Map()}},
      'the archive is full: 11 MB are free',
      '`hl backups prune --keep-full 1 --confirm x --lab x`',
    ],
    [
      'the archive read-only',
      {store: {freeBytes: 10e9, isWritable: false, drafts: [], programs: [], refused: new Map()}},
      'the archive cannot be written',
      'hl logs archive --lab x',
    ],
    ['an archive that does not answer', {store: null}, 'does not say how it is: unknown', 'hl logs archive --lab x'],
    [
      'a node whose file is refused for ever',
      {archivers: [{member: 'pg2', waiting: 7, failing: {file: '00000004.history', since: '2026-01-01T00:00:00Z'}}]},
      'archiving fails on pg2: 00000004.history is refused since 2026-01-01T00:00:00Z, and 7 files wait',
      '`hl logs pg2 --lab x` says why',
    ],
    [
      'why a file is refused',
      {
        store: {...soundStore, refused: new Map([['00000004.history', 'another 00000004.history is there already']])},
        archivers: [{member: 'pg2', waiting: 7, failing: {file: '00000004.history', since: '2026-01-01T00:00:00Z'}}],
      },
      'since 2026-01-01T00:00:00Z (another 00000004.history is there already), and 7 files wait',
      '`hl logs pg2 --lab x` says why',
    ],
    ['no receiver', {archive: 'sync', receives: false}, 'no receiver is connected', '`hl logs archive --lab x`'],
    [
      'an alarm of etcd',
      {alarms: ['NOSPACE']},
      'etcd has the alarm NOSPACE',
      '`hl faults heal --all --lab x` disarms it',
    ],
    [
      'a container of a cut-off command',
      {containers: ['hl-x-scratch']},
      'hl-x-scratch is left',
      'docker rm -f hl-x-scratch',
    ],
    [
      'a copy whose making was cut off',
      {copy: 'unfinished'},
      'its making was cut off',
      '`hl copy drop --lab x` takes it',
    ],
    ['a copy that does not run', {copy: 'stopped'}, 'does not run', '`hl copy drop --lab x` takes it'],
    ['a copy that does not say what it is', {copy: null}, 'unknown', 'hl copy show --lab x'],
    [
      'a change of the key that was cut off',
      {isRotating: true},
      'the old one still opens what it holds',
      '`hl backups rotate-key --lab x` goes on where it ended',
    ],
    [
      'a cut-off backup that still runs',
      {
        store: {
          freeBytes: 10e9,
          isWritable: true,
          drafts: ['20260101T000000-full'],
          programs: ['pg_basebackup'],
          refused: new Map(),
        },
      },
      'the backup 20260101T000000-full was cut off, and pg_basebackup still works on it',
      '`hl backups create --lab x` ends and removes it',
    ],
    [
      'a cut-off restore',
      {unfinished},
      'was cut off: the data that was there is kept',
      '`hl restore --resume --lab x`',
    ],
    [
      'checks of a restore that failed',
      {unfinished: {...unfinished, stage: 'checked', failed: ['amcheck']}},
      'was verified, and this failed: amcheck',
      '`hl restore --resume --lab x` verifies it again',
    ],
  ])('names %s and what mends it', (_what, change, text, fix) => {
    const [first] = told(change)
    expect(first?.[0]).toContain(text)
    expect(first?.[1][0]).toContain(fix)
  })

  it('of work that is under way is no left-over', () => {
    const store = {freeBytes: 10e9, isWritable: true, drafts: ['a'], programs: ['pg_basebackup'], refused: new Map()}
    expect(told({holder: 'hl backups create (process 7 on here)', store, containers: ['hl-x-scratch']})).toEqual([])
    expect(told({unfinished, holder: 'hl restore (process 7 on here)'})).toEqual([
      ['a restore is under way: hl restore (process 7 on here) works on it', ['wait for it']],
    ])
  })

  it('does not send who has a cut-off restore to start the lab', () => {
    const texts = told({unfinished, services: {archive: 'stopped'}, store: null})
    expect(texts.flatMap(([, fix]) => fix).filter(fix => fix.includes('hl up'))).toEqual([])
    expect(labConditions({...sound, unfinished}).some(({blocks}) => blocks === true)).toBe(true)
  })
})

describe('what the archive and its archivers say', () => {
  it.each([
    ['free 123\n', {freeBytes: 123, isWritable: true, drafts: [], programs: [], refused: new Map()}],
    [
      'free 123\nrefuses\nrefuses\ndraft a-full\nruns pg_basebackup\nruns pg_basebackup\n',
      {freeBytes: 123, isWritable: false, drafts: ['a-full'], programs: ['pg_basebackup'], refused: new Map()},
    ],
    [
      'free 123\nrefused 00000004.history another 00000004.history is there already\n',
      {
        freeBytes: 123,
        isWritable: true,
        drafts: [],
        programs: [],
        refused: new Map([['00000004.history', 'another 00000004.history is there already']]),
      },
    ],
    ['', null],
    ['free -\n', null],
  ])('%j', (text, store) => expect(parseStore(text)).toEqual(store))

  it.each([
    ['0|f||\n', {member: 'pg1', waiting: 0, failing: null}],
    [
      '3|t|000000010000000000000004|2026-01-01T00:00:00Z\n',
      {member: 'pg1', waiting: 3, failing: {file: '000000010000000000000004', since: '2026-01-01T00:00:00Z'}},
    ],
    ['nonsense', null],
  ])('%j', (text, archiver) => expect(parseArchiver('pg1', text)).toEqual(archiver))
})
