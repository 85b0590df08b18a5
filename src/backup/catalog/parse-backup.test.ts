import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import type {BackupRecord} from '../../model/backup.ts'
import {HlError} from '../../model/errors.ts'
import {parseBackup} from './parse-backup.ts'

const full: BackupRecord = {
  schemaVersion: 1,
  id: '20261124T100000-full',
  kind: 'full',
  parent: null,
  lab: 'lab',
  systemIdentifier: '7445123456789012345',
  serverVersion: '17.11 (Debian 17.11-1.pgdg12+1)',
  node: 'pg2',
  timeline: 3,
  startLsn: '0/3000028',
  stopLsn: '0/3000120',
  startedAt: '2026-11-24T10:00:00.123Z',
  stoppedAt: '2026-11-24T10:00:07.5Z',
  durationMs: 7_377,
  compression: 'server-zstd:3',
  checkpoint: 'fast',
  bytes: {logical: 40_000_000, stored: 9_000_000},
  manifestSha256: 'ab'.repeat(32),
  checksumFailures: 0,
  labels: ['before migration'],
  pinned: true,
  verified: {at: '2026-11-24T11:00:00Z', ok: true, detail: '974 files'},
}
const content = {
  lsn: '0/3000200',
  timeline: 3,
  at: '2026-11-24T10:00:09Z',
  node: 'pg2',
  tables: [{name: 'hl.ledger', rows: 2, hash: '-17'}],
  sequences: ['hl.ledger_seq_seq 33'],
  roles: ['hl_app LOGIN'],
  extensions: ['plpgsql 1.0'],
}
const verifiedByRestoring: BackupRecord = {
  ...full,
  content,
  verified: {
    at: '2026-11-24T11:00:00Z',
    ok: false,
    detail: '974 files',
    restored: {at: '2026-11-24T11:00:00Z', ok: false, detail: 'content: hl.ledger is missing'},
  },
}
const encrypted: BackupRecord = {...full, encrypted: {recipient: `age1${'q'.repeat(58)}`, sha256: 'cd'.repeat(32)}}
const incremental: BackupRecord = {
  ...full,
  id: 'i',
  kind: 'incremental',
  parent: full.id,
  verified: null,
  labels: [],
  pinned: false,
}
const logical: BackupRecord = {
  ...full,
  id: 'l',
  kind: 'logical',
  timeline: null,
  startLsn: null,
  stopLsn: null,
  manifestSha256: null,
}

const complaint = (value: unknown): string => {
  try {
    parseBackup(value)
  } catch (error) {
    if (error instanceof HlError && error.code === 'BACKUP_INVALID') return error.message
    throw error
  }
  return 'accepted'
}

describe('backup.json', () => {
  it.each([
    ['full', full],
    ['incremental', incremental],
    ['logical', logical],
    ['restored and compared', verifiedByRestoring],
    ['encrypted', encrypted],
  ])('of a backup that is %s comes back as it is', (_kind, record) => {
    const stored: unknown = JSON.parse(JSON.stringify(record))
    expect(parseBackup(stored)).toEqual(record)
  })
  it('of one that was taken before `sealed` was called `encrypted` is read alike', () => {
    const {encrypted: sealed, ...rest} = encrypted
    expect(parseBackup({...rest, sealed})).toEqual(encrypted)
  })
  it('loses fields that are not known', () => expect(parseBackup({...full, colour: 'red'})).toEqual(full))

  it.each<readonly [unknown, string]>([
    [null, 'backup.json: must be an object, not null'],
    [[full], 'backup.json: must be an object, not a list'],
    ['{}', 'backup.json: must be an object, not "{}"'],
    [{}, 'schemaVersion: must be 1, not undefined'],
    [{...full, encrypted: null}, `backup ${full.id}: encrypted: must be an object, not null`],
    [
      {...encrypted, encrypted: {recipient: 'me', sha256: 'cd'.repeat(32)}},
      `backup ${full.id}: encrypted.recipient: must be a recipient of age, not "me"`,
    ],
    [{...full, schemaVersion: 2, id: 7}, 'schemaVersion: must be 1, not 2'],
    [{...full, id: '../etc'}, 'id: must be letters, digits, ".", "_" and "-", not "../etc"'],
    [{...full, id: ''}, 'id: must be letters, digits, ".", "_" and "-", not ""'],
  ])('%j is refused', (value, expected) => expect(complaint(value)).toBe(expected))

  it.each<readonly [string, unknown, string]>([
    ['kind', 'differential', 'kind: must be one of full, incremental, logical, not "differential"'],
    ['parent', 7, 'parent: must be the id of a backup, not 7'],
    ['parent', 'other', 'parent: a full backup has none'],
    ['lab', null, 'lab: must be a text, not null'],
    ['systemIdentifier', 7_445, 'systemIdentifier: must be decimal text, not 7445'],
    ['systemIdentifier', '7445x', 'systemIdentifier: must be decimal text, not "7445x"'],
    ['serverVersion', 'v17', 'serverVersion: must be a version of PostgreSQL, not "v17"'],
    ['node', undefined, 'node: must be a text, not undefined'],
    ['timeline', 0, 'timeline: must be a whole number from 1, not 0'],
    ['timeline', null, 'timeline: must not be null for a full backup'],
    ['startLsn', '3000028', 'startLsn: must be an LSN such as 0/3000028, not "3000028"'],
    ['startLsn', null, 'startLsn: must not be null for a full backup'],
    ['stopLsn', undefined, 'stopLsn: must be a text, not undefined'],
    ['stopLsn', '0/3000000', 'stopLsn: 0/3000000 is before startLsn 0/3000028'],
    [
      'startedAt',
      '2026-11-24T10:00:00',
      'startedAt: must be a time in UTC such as 2026-11-24T10:00:00Z, not "2026-11-24T10:00:00"',
    ],
    [
      'startedAt',
      '2026-11-24T10:00:00+01',
      'startedAt: must be a time in UTC such as 2026-11-24T10:00:00Z, not "2026-11-24T10:00:00+01"',
    ],
    [
      'stoppedAt',
      '2026-11-24T09:59:59Z',
      'stoppedAt: 2026-11-24T09:59:59Z is before startedAt 2026-11-24T10:00:00.123Z',
    ],
    ['durationMs', -1, 'durationMs: must be a whole number from 0, not -1'],
    ['durationMs', 1.5, 'durationMs: must be a whole number from 0, not 1.5'],
    ['compression', 3, 'compression: must be a text, not 3'],
    ['checkpoint', 'slow', 'checkpoint: must be one of fast, spread, not "slow"'],
    ['bytes', null, 'bytes: must be an object, not null'],
    ['bytes', {logical: 1}, 'bytes.stored: must be a whole number from 0, not undefined'],
    ['bytes', {logical: '1', stored: 1}, 'bytes.logical: must be a whole number from 0, not "1"'],
    ['manifestSha256', 'AB', 'manifestSha256: must be 64 hexadecimal digits, not "AB"'],
    ['manifestSha256', null, 'manifestSha256: must not be null for a full backup'],
    ['checksumFailures', null, 'checksumFailures: must be a whole number from 0, not null'],
    ['labels', 'a', 'labels: must be a list, not "a"'],
    ['labels', ['a', 1], 'labels[1]: must be a text, not 1'],
    ['pinned', 'yes', 'pinned: must be true or false, not "yes"'],
    ['verified', true, 'verified: must be an object, not true'],
    ['verified', undefined, 'verified: must be an object, not undefined'],
    [
      'verified',
      {at: 'now', ok: true, detail: ''},
      'verified.at: must be a time in UTC such as 2026-11-24T10:00:00Z, not "now"',
    ],
    ['verified', {at: '2026-11-24T11:00:00Z', ok: 1, detail: ''}, 'verified.ok: must be true or false, not 1'],
    ['verified', {at: '2026-11-24T11:00:00Z', ok: true}, 'verified.detail: must be a text, not undefined'],
    [
      'verified',
      {at: '2026-11-24T11:00:00Z', ok: true, detail: '', restored: {at: 'now'}},
      'verified.restored.at: must be a time in UTC such as 2026-11-24T10:00:00Z, not "now"',
    ],
    ['content', null, 'content: must be an object, not null'],
    ['content', {...content, lsn: 7}, 'content.lsn: must be a text, not 7'],
    ['content', {...content, lsn: '0/3000100'}, 'content.lsn: 0/3000100 is before stopLsn 0/3000120'],
    [
      'content',
      {...content, tables: [{name: 'a', rows: -1, hash: '0'}]},
      'content.tables[0].rows: must be a whole number from 0, not -1',
    ],
    [
      'content',
      {...content, tables: [{name: 'a', rows: 1, hash: 'ff'}]},
      'content.tables[0].hash: must be decimal text, not "ff"',
    ],
    ['content', {...content, roles: ['a', 1]}, 'content.roles[1]: must be a text, not 1'],
  ])('with %s as %j is refused', (field, value, expected) =>
    expect(complaint({...full, [field]: value})).toBe(`backup ${full.id}: ${expected}`),
  )

  it.each<readonly [string, unknown, string]>([
    ['incremental without a parent', {...incremental, parent: null}, 'backup i: parent: an incremental backup has one'],
    ['incremental to itself', {...incremental, parent: 'i'}, 'backup i: parent: is the backup itself'],
    [
      'incremental without a timeline',
      {...incremental, timeline: null},
      'backup i: timeline: must not be null for an incremental backup',
    ],
    ['logical with a parent', {...logical, parent: 'x'}, 'backup l: parent: a logical backup has none'],
    ['logical with a position', {...logical, stopLsn: '0/1'}, 'backup l: stopLsn: must be null for a logical backup'],
    ['logical with content', {...logical, content}, 'backup l: content.lsn: 0/3000200 is before stopLsn null'],
    ['logical with a timeline', {...logical, timeline: 1}, 'backup l: timeline: must be null for a logical backup'],
  ])('that is %s is refused', (_what, value, expected) => expect(complaint(value)).toBe(expected))

  it('is a record or BACKUP_INVALID, whatever JSON it is', () => {
    const field = fc.constantFrom(...Object.keys(full))
    fc.assert(
      fc.property(fc.jsonValue(), field, (value, name) => {
        expect(() => complaint(value)).not.toThrow()
        expect(() => complaint({...full, [name]: value})).not.toThrow()
      }),
    )
  })
})
