import {describe, expect, it} from 'vitest'
import type {RestoreTarget} from '../../model/backup.ts'
import {HlError} from '../../model/errors.ts'
import {describeTarget, parseTarget, recoverySettings, type TargetFlags} from './parse-target.ts'

const tenOClock = 1_795_514_400_000

function refusal(flags: TargetFlags): readonly [string, string | undefined] {
  try {
    return [JSON.stringify(parseTarget(flags)), undefined]
  } catch (error) {
    if (error instanceof HlError && error.code === 'TARGET_INVALID') return [error.message, error.next[0]]
    throw error
  }
}

describe('a target', () => {
  it.each<readonly [TargetFlags, RestoreTarget]>([
    [{to: 'latest'}, {kind: 'latest'}],
    [{to: 'latest', inclusive: true}, {kind: 'latest'}],
    [{to: '2026-11-24T10:00:00Z'}, {kind: 'time', epochMs: tenOClock, inclusive: true}],
    [
      {to: '2026-11-24 11:00:00.25+01', inclusive: false},
      {kind: 'time', epochMs: tenOClock + 250, inclusive: false},
    ],
    [{toLsn: '0/3000028'}, {kind: 'lsn', lsn: 0x300_0028n, inclusive: true}],
    [
      {toLsn: '1/0', inclusive: false},
      {kind: 'lsn', lsn: 0x1_0000_0000n, inclusive: false},
    ],
    [
      {toXid: '4711', inclusive: false},
      {kind: 'xid', xid: 4_711, inclusive: false},
    ],
    [{toXid: '3'}, {kind: 'xid', xid: 3, inclusive: true}],
    [{toXid: '4294967295'}, {kind: 'xid', xid: 4_294_967_295, inclusive: true}],
    [{toName: 'before migration'}, {kind: 'name', name: 'before migration'}],
    [{toName: 'ä'.repeat(31)}, {kind: 'name', name: 'ä'.repeat(31)}],
    [
      {to: undefined, toLsn: '0/1', toXid: undefined},
      {kind: 'lsn', lsn: 1n, inclusive: true},
    ],
  ])('%o', (flags, target) => expect(parseTarget(flags)).toEqual(target))

  it.each<readonly [TargetFlags, string, string]>([
    [{}, 'no target is given', '--to latest'],
    [{inclusive: false}, 'no target is given', '--to latest'],
    [{to: 'latest', toLsn: '0/1'}, 'more than one target is given', 'give one of --to, --to-lsn, --to-xid, --to-name'],
    [{toXid: '1', toName: 'a'}, 'more than one target is given', 'give one of --to, --to-lsn, --to-xid, --to-name'],
    [
      {to: '2026-11-24T10:00:00'},
      `2026-11-24T10:00:00 has no time zone, and PostgreSQL would take the server's`,
      '--to 2026-11-24T10:00:00Z',
    ],
    [
      {to: '2026-11-24 10:00'},
      `2026-11-24 10:00 has no time zone, and PostgreSQL would take the server's`,
      '--to 2026-11-24T10:00Z',
    ],
    [{to: '2026-11-24'}, '"2026-11-24" is neither "latest" nor a time', '--to 2026-11-24T10:00:00Z'],
    [{to: ''}, '"" is neither "latest" nor a time', '--to 2026-11-24T10:00:00Z'],
    [{toLsn: '3000028'}, '"3000028" is no LSN', '--to-lsn 0/3000028'],
    [{toXid: '2'}, '"2" is no transaction id from 3 to 4294967295', '--to-xid 4711'],
    [{toXid: '4294967296'}, '"4294967296" is no transaction id from 3 to 4294967295', '--to-xid 4711'],
    [{toXid: '0x10'}, '"0x10" is no transaction id from 3 to 4294967295', '--to-xid 4711'],
    [{toXid: ''}, '"" is no transaction id from 3 to 4294967295', '--to-xid 4711'],
    [{toName: ''}, 'the name of the restore point is empty', '--to-name before-migration'],
    [
      {toName: 'ä'.repeat(32)},
      `the name of the restore point has 64 bytes, PostgreSQL's have 63 at most`,
      `--to-name ${'ä'.repeat(20)}…`,
    ],
    [
      {toName: 'a\nrecovery_target_action = shutdown'},
      'the name of the restore point holds a control character',
      '--to-name before-migration',
    ],
    [
      {to: 'latest', inclusive: false},
      'a restore to the end of the archive has nothing to leave out',
      'leave out --exclusive',
    ],
    [
      {toName: 'mark', inclusive: false},
      'a restore to restore point mark has nothing to leave out',
      'leave out --exclusive',
    ],
  ])('is refused: %j', (flags, message, next) => expect(refusal(flags)).toEqual([message, next]))
})

describe('a target as settings and in words', () => {
  it.each<readonly [RestoreTarget, Readonly<Record<string, string>>, string]>([
    [{kind: 'latest'}, {}, 'the end of the archive'],
    [
      {kind: 'time', epochMs: tenOClock + 625.858, inclusive: true},
      {
        recovery_target_time: '2026-11-24 10:00:00.625858+00',
        recovery_target_inclusive: 'on',
        recovery_target_action: 'pause',
      },
      '2026-11-24T10:00:00.625858Z',
    ],
    [
      {kind: 'time', epochMs: tenOClock, inclusive: false},
      {
        recovery_target_time: '2026-11-24 10:00:00.000000+00',
        recovery_target_inclusive: 'off',
        recovery_target_action: 'pause',
      },
      '2026-11-24T10:00:00Z, exclusive',
    ],
    [
      {kind: 'lsn', lsn: 0x300_0028n, inclusive: false},
      {recovery_target_lsn: '0/3000028', recovery_target_inclusive: 'off', recovery_target_action: 'pause'},
      'LSN 0/3000028, exclusive',
    ],
    [
      {kind: 'xid', xid: 4_711, inclusive: true},
      {recovery_target_xid: '4711', recovery_target_inclusive: 'on', recovery_target_action: 'pause'},
      'transaction 4711',
    ],
    [
      {kind: 'name', name: 'mark'},
      {recovery_target_name: 'mark', recovery_target_action: 'pause'},
      'restore point mark',
    ],
  ])('%o', (target, settings, words) => {
    expect(recoverySettings(target, 3)).toEqual({...settings, recovery_target_timeline: '3'})
    expect(describeTarget(target)).toBe(words)
  })
})
