import {describe, expect, test} from 'vitest'
import {backupOf} from '../../test/fakes/fake-backup.ts'
import type {ArchiveListing, BackupRecord} from '../model/backup.ts'
import {findBackup} from './find-backup.ts'
import type {Cluster} from '../model/ports.ts'
import {newestListing, parseListings, readArchive} from './read-archive.ts'

const backup = (id: string, stoppedAt: string): BackupRecord =>
  backupOf({
    id,
    serverVersion: '17.2',
    startLsn: '0/2000028',
    stopLsn: '0/2000120',
    startedAt: stoppedAt,
    stoppedAt,
    durationMs: 5,
  })
const listing = (systemIdentifier: string, ...backups: readonly BackupRecord[]): ArchiveListing => ({
  systemIdentifier,
  segmentBytes: 16,
  files: [],
  histories: new Map(),
  backups,
})

test('what the archive prints becomes listings; a torn segment is no measure of their size', () => {
  const [first] = parseListings({
    systems: [
      {
        systemIdentifier: '7',
        files: [
          {name: '000000010000000000000001', bytes: 100},
          {name: '000000010000000000000002', bytes: 1_048_576},
          {name: '00000002.history', bytes: 5},
        ],
        histories: {2: 'text'},
        backups: [{folder: 'a', record: backup('a', '2026-01-01T00:00:00.000Z')}],
      },
    ],
  })
  expect(first).toMatchObject({systemIdentifier: '7', segmentBytes: 1_048_576, backups: [{id: 'a'}]})
  expect(first?.histories.get(2)).toBe('text')
})

test.each<readonly [string, number, readonly number[]]>([
  ['one byte too long', 1_048_576, [1_048_576, 1_048_577, 1_048_576]],
  ['twice as long', 1_048_576, [1_048_576, 2_097_152, 1_048_576]],
  ['cut short', 1_048_576, [1_048_576, 524_288, 1_048_576]],
  ['the only one, of no size that there is', 16_777_216, [100]],
])('one segment that is %s is no measure of the others', (_what, segmentBytes, sizes) => {
  const files = sizes.map((bytes, index) => ({name: `00000001000000000000000${index + 1}`, bytes}))
  expect(parseListings({systems: [{systemIdentifier: '7', files, histories: {}, backups: []}]})[0]).toMatchObject({
    segmentBytes,
  })
})

test('a backup.json that cannot be read is named, and the others are there all the same', () => {
  const good = backup('good', '2026-01-01T00:00:00.000Z')
  const [first] = parseListings({
    systems: [
      {
        systemIdentifier: '7',
        files: [],
        histories: {},
        backups: [
          {folder: 'torn', unreadable: 'unexpected end'},
          {folder: 'good', record: good},
          {folder: 'of-another', record: good},
          {folder: 'elsewhere', record: {...good, id: 'elsewhere', systemIdentifier: '8'}},
          {folder: 'half', record: {schemaVersion: 1, id: 'half'}},
        ],
      },
    ],
  })
  expect(first?.backups.map(({id}) => id)).toEqual(['good'])
  expect(first?.unreadable).toEqual([
    {folder: 'torn', why: 'unexpected end'},
    {folder: 'of-another', why: 'it is the record of backup good'},
    {folder: 'elsewhere', why: 'it is the record of a backup of the cluster 8'},
    {folder: 'half', why: expect.stringContaining('bytes') as string},
  ])
  expect(() => findBackup(first === undefined ? [] : [first], 'torn')).toThrow(
    expect.objectContaining({
      code: 'BACKUP_INVALID',
      message: 'torn/backup.json cannot be read: unexpected end',
    }) as Error,
  )
})

test('of several clusters in one archive the one with the newest backup is meant', () => {
  const old = listing('1', backup('a', '2026-01-01T00:00:00.000Z'))
  const young = listing('2', backup('b', '2026-02-01T00:00:00.000Z'))
  expect(newestListing([young, old, listing('3')])).toBe(young)
  expect(newestListing([])).toBeNull()
})

test('a backup is found by id, by an unambiguous beginning, and as latest', () => {
  const listings = [
    listing(
      '1',
      backup('20260101-full', '2026-01-01T00:00:00.000Z'),
      backup('20260201-full', '2026-02-01T00:00:00.000Z'),
      backup('20260201-full-2', '2026-01-15T00:00:00.000Z'),
    ),
  ]
  expect(findBackup(listings, '20260201-full').id).toBe('20260201-full')
  expect(findBackup(listings, '202601').id).toBe('20260101-full')
  expect(findBackup(listings, 'latest').id).toBe('20260201-full')
  for (const name of ['2026', 'x', ''])
    expect(() => findBackup(listings, name)).toThrow(expect.objectContaining({code: 'BACKUP_UNKNOWN'}) as Error)
  expect(() => findBackup([], 'latest')).toThrow(expect.objectContaining({code: 'BACKUP_UNKNOWN'}) as Error)
})

test('an archive that answers with something else than its list is an error of its own', async () => {
  const exec = async () => Promise.resolve({exitCode: 0, stdout: '{"systems": [', stderr: ''})
  await expect(readArchive({lab: 'lab', archive: 'command', exec} as unknown as Cluster)).rejects.toMatchObject({
    code: 'ARCHIVE_MISSING',
    message: 'the archive of lab lab does not say what it holds: {"systems": [',
  })
})

describe('the archive of a lab of shards', () => {
  const systems = ['7', '8', '9'].map(systemIdentifier => ({
    systemIdentifier,
    files: [],
    histories: {},
    backups: ['7', '8'].includes(systemIdentifier)
      ? [
          {
            folder: systemIdentifier,
            record: {
              ...backup(systemIdentifier, `2026-01-0${systemIdentifier}T00:00:00.000Z`),
              systemIdentifier,
              node: 's4-pg1',
            },
          },
        ]
      : [],
  }))
  /** `control`: what each member's pg_controldata says; null: its container does not run. */
  const shard = (name: string, control: Readonly<Record<string, string | null>>, dcs = ''): Cluster =>
    ({
      lab: 'lab',
      name,
      archive: 'command',
      members: Object.keys(control),
      dcsMembers: ['etcd1'],
      exec: async (service: string) => {
        const others: Readonly<Record<string, string>> = {archive: JSON.stringify({systems}), etcd1: dcs}
        const stdout = others[service] ?? control[service] ?? null
        if (stdout === null) throw new Error(`${service} does not run`)
        return Promise.resolve({exitCode: 0, stdout, stderr: ''})
      },
    }) as unknown as Cluster
  const told = 'pg_control version number:            1700\nDatabase system identifier:           8\n'
  const systemsOf = async (cluster: Cluster) =>
    (await readArchive(cluster)).map(({systemIdentifier}) => systemIdentifier)

  test('gives a shard its own listing, whichever member can be asked', async () => {
    expect(await systemsOf(shard('s2', {'s2-pg1': null, 's2-pg2': told}))).toEqual(['8'])
    expect(await systemsOf(shard('hl', {pg1: null}))).toEqual(['7', '8', '9'])
  })

  test('gives a shard that has lost all data what its DCS says, or its newest backup', async () => {
    expect(await systemsOf(shard('s2', {'s2-pg1': null}, '9\n'))).toEqual(['9'])
    expect(await systemsOf(shard('s4', {'s4-pg1': null, 's4-pg2': ''}, ''))).toEqual(['8'])
  })

  test('gives nobody those of all when none can be asked', async () => {
    await expect(readArchive(shard('s2', {'s2-pg1': null, 's2-pg2': ''}))).rejects.toMatchObject({
      code: 'LAB_UNHEALTHY',
    })
  })
})
