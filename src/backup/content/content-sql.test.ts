import {describe, expect, it} from 'vitest'
import {contentSql, parseContent} from './content-sql.ts'

const position = (lsn: string): string => JSON.stringify({lsn, timeline: 3})
const answer = [position('0/5000060'), '{"table" : "hl.ledger", "rows" : 2, "hash" : "-17"}', '{"table" : "app.\\"Odd | name\\"", "rows" : 0, "hash" : "0"}', '{"sequence" : "hl.ledger_seq_seq 33"}', '{"role" : "hl_app LOGIN"}', '{"extension" : "plpgsql 1.0"}', position('0/5000060')].join('\n')

describe('what a server holds', () => {
  it('is read from a document a line, between two positions', () => {
    expect(parseContent(`\n${answer}\n`)).toEqual({
      fromLsn: 0x500_0060n, toLsn: 0x500_0060n, timeline: 3, tables: [{name: 'hl.ledger', rows: 2, hash: '-17'}, {name: 'app."Odd | name"', rows: 0, hash: '0'}],
      sequences: ['hl.ledger_seq_seq 33'], roles: ['hl_app LOGIN'], extensions: ['plpgsql 1.0'],
    })
  })

  it.each([['nothing', ''], ['one position only', position('0/1')], ['an answer that was cut off', answer.slice(0, answer.lastIndexOf('\n'))], ['words of psql', `${answer}\nERROR:  out of memory`]])('is not told by %s', (_what, text) => {
    expect(() => parseContent(text)).toThrow(expect.objectContaining({code: 'RESTORE_FAILED'}) as Error)
  })

  it('is printed with every setting fixed that changes how a value looks', () => {
    for (const name of ['DateStyle', 'IntervalStyle', 'TimeZone', 'extra_float_digits', 'bytea_output', 'lc_monetary', 'search_path']) expect(contentSql).toContain(`SET ${name} = `)
  })
})
