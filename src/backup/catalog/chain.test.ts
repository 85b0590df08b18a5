import {describe, expect, it} from 'vitest'
import {backupOf} from '../../../test/fakes/fake-backup.ts'
import type {BackupRecord} from '../../model/backup.ts'
import {HlError} from '../../model/errors.ts'
import {chainOf, findChain, mustBeFull} from './chain.ts'

/** `minute`: when it ended. */
const backup = (id: string, minute: number, change: Partial<BackupRecord> = {}): BackupRecord =>
  backupOf({
    id,
    kind: change.parent === undefined ? 'full' : 'incremental',
    node: 'pg1',
    startLsn: `0/${minute}000028`,
    stopLsn: `0/${minute}000100`,
    startedAt: `2026-11-24T10:0${minute}:00Z`,
    stoppedAt: `2026-11-24T10:0${minute}:30Z`,
    durationMs: 30_000,
    ...change,
  })
const bad = {verified: {at: '2026-11-24T11:00:00Z', ok: false, detail: 'a file differs'}}

const refusal = (backups: readonly BackupRecord[], id: string): string => {
  try {
    return chainOf(backups, id)
      .map(one => one.id)
      .join(' ')
  } catch (error) {
    if (error instanceof HlError) return `${error.code}: ${error.message}`
    throw error
  }
}

describe('a chain', () => {
  // Neither in order of time nor of names.
  const backups = [
    backup('a', 3, {parent: 'm'}),
    backup('z', 1),
    backup('m', 2, {parent: 'z'}),
    backup('x', 4, {parent: 'gone'}),
    backup('y', 5, {parent: 'x'}),
  ]
  it.each<readonly [string, string]>([
    ['z', 'z'],
    ['a', 'z m a'],
    ['nope', 'BACKUP_UNKNOWN: there is no backup nope'],
    ['x', 'BACKUP_INVALID: backup x cannot be restored: backup gone is missing, which x is a difference to'],
    ['y', 'BACKUP_INVALID: backup y cannot be restored: backup gone is missing, which x is a difference to'],
  ])('of %s', (id, expected) => expect(refusal(backups, id)).toBe(expected))

  it('in a circle', () =>
    expect(findChain([backup('a', 1, {parent: 'b'}), backup('b', 2, {parent: 'a'})], 'a')).toEqual({
      whole: false,
      problem: 'backup a is its own ancestor',
    }))
  it('of differences only', () =>
    expect(findChain([backup('a', 1, {kind: 'incremental'})], 'a')).toEqual({
      whole: false,
      problem: 'backup a is incremental and names no parent',
    }))
  it('of a logical backup is itself', () =>
    expect(refusal([backup('l', 1, {kind: 'logical', timeline: null, startLsn: null, stopLsn: null})], 'l')).toBe('l'))
})

describe('the next backup', () => {
  const server = {timeline: 1, systemIdentifier: '7', serverVersion: '17.12 (Debian 17.12-1)'}
  const full = backup('z', 1)
  const later = backup('a', 2, {parent: 'z'})
  it.each<readonly [string, readonly BackupRecord[], Partial<typeof server>, ReturnType<typeof mustBeFull>]>([
    ['is a difference to the newest', [later, full], {}, {full: false, parent: 'a'}],
    ['is full without any', [], {}, {full: true, why: 'there is no full backup of this system yet'}],
    [
      'is full when only another system has one',
      [full],
      {systemIdentifier: '8'},
      {full: true, why: 'there is no full backup of this system yet'},
    ],
    [
      'is full when there are logical ones only',
      [backup('l', 1, {kind: 'logical', timeline: null, startLsn: null, stopLsn: null})],
      {},
      {full: true, why: 'there is no full backup of this system yet'},
    ],
    [
      'is full after a promotion',
      [full, later],
      {timeline: 2},
      {full: true, why: 'the newest backup a is of timeline 1, the server is on 2'},
    ],
    [
      'is full after a restore into the past',
      [full, backup('b', 3, {timeline: 3})],
      {},
      {full: true, why: 'the newest backup b is of timeline 3, the server is on 1'},
    ],
    [
      'is full after an upgrade',
      [full],
      {serverVersion: '18.1'},
      {full: true, why: 'the newest backup z is of PostgreSQL 17, the server is 18'},
    ],
    [
      'is full when a parent is missing',
      [later],
      {},
      {full: true, why: 'backup z is missing, which a is a difference to'},
    ],
    [
      'is full when the full one is damaged',
      [{...full, ...bad}, later],
      {},
      {full: true, why: 'the verification of z failed'},
    ],
  ])('%s', (_what, backups, change, expected) => expect(mustBeFull(backups, {...server, ...change})).toEqual(expected))
  it('needs no version', () =>
    expect(mustBeFull([full], {timeline: 1, systemIdentifier: '7'})).toEqual({full: false, parent: 'z'}))
})
