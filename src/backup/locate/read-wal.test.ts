import {describe, expect, it} from 'vitest'
import {parseLsn} from '../../model/lsn.ts'
import {upToEnd, type Choice} from './choose-offending.ts'
import {readingEnd} from './read-wal.ts'

const wholeTo = parseLsn('0/4000000') ?? 0n

describe('where pg_waldump ended', () => {
  it.each([
    // In a file that is not complete nobody knows how much is WAL.
    [
      'pg_waldump: error: error in WAL record at 0/40000A0: invalid record length at 0/40000D8: expected at least 24, got 0',
      'all',
    ],
    ['pg_waldump: error: could not find a valid record after 0/4000028: invalid magic number 0000', 'all'],
    // The last whole segment is none: damage in it is damage.
    [
      'pg_waldump: error: error in WAL record at 0/3001000: incorrect resource manager data checksum in record at 0/3001000',
      {
        lsn: 0x300_1000n,
        why: 'error in WAL record at 0/3001000: incorrect resource manager data checksum in record at 0/3001000',
      },
    ],
    [
      'pg_waldump: error: could not find a valid record after 0/3000028: invalid magic number 0000',
      {lsn: 0x300_0028n, why: 'could not find a valid record after 0/3000028: invalid magic number 0000'},
    ],
    ['pg_waldump: error: could not open file "000000010000000000000003": Permission denied', null],
    ['Killed', null],
  ])('%s', (stderr, end) => {
    expect(readingEnd(stderr, wholeTo)).toEqual(end)
  })
})

describe('what was looked for in WAL that could not be read to its end', () => {
  const offending = {xid: 7, commitLsn: 1n, committedAt: '', committedAtMs: null, prepared: false, what: 'dropped t'}
  const end = {lsn: 0x300_1000n, why: 'no'}
  const behind = 'what lies behind 0/3001000 is not known, where the WAL cannot be read: no'

  it.each<[string, Choice, Partial<Choice>]>([
    [
      'was found, and there may be another',
      {kind: 'found', offending, because: 'it is the only one'},
      {kind: 'ambiguous', candidates: [offending], because: `it is the only one; ${behind}`},
    ],
    [
      'was not found, and may lie behind',
      {kind: 'not-found', searched: 'none'},
      {kind: 'not-found', searched: `none; ${behind}`},
    ],
    [
      'may be one of several, or another',
      {kind: 'ambiguous', candidates: [], because: 'two'},
      {kind: 'ambiguous', because: `two; ${behind}`},
    ],
  ])('%s', (_name, choice, told) => {
    expect(upToEnd(choice, end)).toMatchObject(told)
    expect(upToEnd(choice, null)).toBe(choice)
  })
})
