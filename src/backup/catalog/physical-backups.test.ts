import {expect, it} from 'vitest'
import {backupOf} from '../../../test/fakes/fake-backup.ts'
import type {BackupRecord} from '../../model/backup.ts'
import {familiesOf} from './families.ts'
import {knownBad, physicalBackups} from './physical-backups.ts'

const backup = (id: string, minute: number, change: Partial<BackupRecord> = {}): BackupRecord =>
  backupOf({
    id,
    node: 'pg1',
    timeline: 2,
    startLsn: '0/2000028',
    stopLsn: '0/2000100',
    startedAt: `2026-11-24T10:0${minute - 1}:00Z`,
    stoppedAt: `2026-11-24T10:0${minute}:00Z`,
    durationMs: 30_000,
    ...change,
  })
const logical = backup('l', 1, {kind: 'logical', timeline: null, startLsn: null, stopLsn: null})
const idsOf = (records: readonly BackupRecord[]): readonly string[] =>
  physicalBackups(records).map(({record}) => record.id)

it('are numbers', () => {
  const record = backup('a', 3)
  expect(physicalBackups([record])).toEqual([
    {
      record,
      timeline: 2,
      startLsn: 0x200_0028n,
      stopLsn: 0x200_0100n,
      startedMs: 1_795_514_520_000,
      stoppedMs: 1_795_514_580_000,
    },
  ])
})

it('are in order of their ends, whatever they are called and however the time is written', () => {
  expect(idsOf([backup('a', 3), backup('c', 1), backup('b', 2), logical])).toEqual(['c', 'b', 'a'])
  expect(idsOf([backup('a', 2, {stoppedAt: '2026-11-24T10:02:00.5Z'}), backup('b', 2)])).toEqual(['b', 'a'])
  expect(idsOf([backup('b', 2), backup('a', 2)])).toEqual(['a', 'b'])
})

it.each<readonly [string, Partial<BackupRecord>]>([
  ['a time', {stoppedAt: 'yesterday'}],
  ['a position', {startLsn: null}],
  ['a timeline', {timeline: null}],
])('are not those without %s', (_what, change) => expect(idsOf([backup('a', 3, change)])).toEqual([]))

it('are bad only when a verification said so', () => {
  const at = '2026-11-24T11:00:00Z'
  expect(
    [null, {at, ok: true, detail: ''}, {at, ok: false, detail: ''}].map(verified =>
      knownBad(backup('a', 1, {verified})),
    ),
  ).toEqual([false, false, true])
})

it('make families that share a full one; each backup is in one', () => {
  const records = [
    backup('i2', 4, {parent: 'i1', pinned: true}),
    backup('f', 2),
    backup('i1', 3, {parent: 'f'}),
    backup('i3', 5, {parent: 'f'}),
    backup('x', 1, {parent: 'gone'}),
    backup('y', 6, {parent: 'x'}),
    logical,
  ]
  const families = familiesOf(records).map(({root, members, good, pinned, rootMs, newestMs}) => [
    root.id,
    members
      .map(({id}) => id)
      .sort()
      .join(' '),
    good,
    pinned,
    (newestMs - rootMs) / 60_000,
  ])
  expect(families).toEqual([
    ['l', 'l', false, false, 0],
    ['x', 'x y', false, false, 5],
    ['f', 'f i1 i2 i3', true, true, 3],
  ])
})

it('in a circle are one family all the same', () => {
  expect(
    familiesOf([backup('b', 1, {parent: 'c'}), backup('c', 2, {parent: 'b'}), backup('d', 3, {parent: 'c'})]).map(
      ({root, members}) => [root.id, members.length],
    ),
  ).toEqual([['b', 3]])
})

it('without a readable time are never old', () =>
  expect(
    familiesOf([backup('a', 1, {stoppedAt: 'yesterday'})]).map(({rootMs, newestMs}) => [rootMs, newestMs]),
  ).toEqual([[Infinity, Infinity]]))
