import {describe, expect, it} from 'vitest'
import {contentSql, hasMoved, parseContent} from './content-sql.ts'

const position = (lsn: string): string => JSON.stringify({lsn, timeline: 3})
const answer = [
  '{"sequence" : "hl.ledger_seq_seq 33"}',
  position('0/5000060'),
  '{"table" : "hl.ledger", "rows" : 2, "hash" : "-17"}',
  '{"table" : "app.\\"Odd | name\\"", "rows" : 0, "hash" : "0"}',
  '{"role" : "hl_app LOGIN"}',
  '{"extension" : "plpgsql 1.0"}',
  '{"whole": true}',
].join('\n')

describe('what a server holds', () => {
  it('is read from a document a line, up to the word that it is whole', () => {
    expect(parseContent(`\n${answer}\n`)).toEqual({
      lsn: 0x500_0060n,
      timeline: 3,
      tables: [
        {name: 'hl.ledger', rows: 2, hash: '-17'},
        {name: 'app."Odd | name"', rows: 0, hash: '0'},
      ],
      sequences: ['hl.ledger_seq_seq 33'],
      roles: ['hl_app LOGIN'],
      extensions: ['plpgsql 1.0'],
    })
  })

  it.each([
    ['nothing', ''],
    ['a position only', position('0/1')],
    ['rows without a position', answer.replace('lsn', 'at')],
    ['an answer that was cut off', answer.slice(0, answer.lastIndexOf('\n'))],
    ['words of psql', `${answer}\nERROR:  out of memory`],
  ])('is not told by %s', (_what, text) => {
    expect(() => parseContent(text)).toThrow(expect.objectContaining({code: 'RESTORE_FAILED'}) as Error)
  })

  it('is not told at all where replay moved while the snapshot was taken', () => {
    const moved = '{"sequence" : "hl.ledger_seq_seq 33"}\n{"moved": true}\n'
    expect(hasMoved(moved)).toBe(true)
    expect(hasMoved(answer)).toBe(false)
    expect(() => parseContent(moved)).toThrow(expect.objectContaining({code: 'RESTORE_FAILED'}) as Error)
  })

  it('resumes replay only where it is asked to', () => {
    expect(contentSql('resume')).toContain('pg_wal_replay_resume()')
    expect(contentSql('stay')).not.toContain('pg_wal_replay_resume()')
  })

  it('is waited for no longer than a moment where a transaction has a table locked, since replay stands still', () => {
    for (const then of ['resume', 'stay'] as const)
      expect(contentSql(then).split('\n').indexOf("SET lock_timeout = '5s';")).toBeGreaterThan(-1)
  })

  it('is printed with every setting fixed that changes how a value looks', () => {
    for (const name of [
      'DateStyle',
      'IntervalStyle',
      'TimeZone',
      'extra_float_digits',
      'bytea_output',
      'lc_monetary',
      'search_path',
    ])
      expect(contentSql('stay')).toContain(`SET ${name} = `)
  })
})
