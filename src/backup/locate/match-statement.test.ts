import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {parseLogTime} from './log-time.ts'
import {matchStatements, windowOf, type StatementMatch} from './match-statement.ts'

/** PostgreSQL 17.12, log_statement = all, as captured. */
const all = `
2026-11-24 18:31:57.933 UTC [25] LOG:  starting PostgreSQL 17.12 (Debian 17.12-0+deb13u1) on x86_64-pc-linux-gnu, compiled by gcc (Debian 14.2.0-19) 14.2.0, 64-bit
2026-11-24 18:31:58.890 UTC [38] postgres@app LOG:  statement: insert into orders select g, 0 from generate_series(1,3) g;
2026-11-24 18:31:58.897 UTC [38] postgres@app LOG:  statement: copy accounts from stdin;
2026-11-24 18:31:58.905 UTC [38] postgres@app LOG:  statement: begin;
2026-11-24 18:31:58.905 UTC [38] postgres@app LOG:  statement: insert into orders values(10,1);
2026-11-24 18:31:58.906 UTC [38] postgres@app LOG:  statement: savepoint s2;
2026-11-24 18:31:58.906 UTC [38] postgres@app LOG:  statement: delete from orders where id=3;
2026-11-24 18:31:58.906 UTC [38] postgres@app LOG:  statement: rollback to s2;
2026-11-24 18:31:58.906 UTC [38] postgres@app LOG:  statement: release s3;
2026-11-24 18:31:58.907 UTC [38] postgres@app LOG:  statement: commit;
2026-11-24 18:31:58.907 UTC [38] postgres@app LOG:  statement: begin;
2026-11-24 18:31:58.907 UTC [38] postgres@app LOG:  statement: update accounts set balance=0 where id<=2;
2026-11-24 18:31:58.907 UTC [38] postgres@app LOG:  statement: prepare transaction 'p1';
2026-11-24 18:31:58.907 UTC [38] postgres@app LOG:  statement: commit prepared 'p1';
2026-11-24 18:31:58.909 UTC [38] postgres@app LOG:  statement: delete
	from accounts
	where id > 0;
2026-11-24 18:31:58.909 UTC [38] postgres@app LOG:  statement: drop table scratch;
2026-11-24 18:31:58.916 UTC [38] postgres@app LOG:  statement: vacuum full orders;
2026-11-24 18:31:58.930 UTC [38] postgres@app LOG:  statement: drop table tmp;
2026-11-24 18:31:58.933 UTC [38] postgres@app LOG:  disconnection: session time: 0:00:00.069 user=postgres database=app host=[local]
`.split('\n')

/** The same server with log_statement = mod, then log_min_duration_statement = 0. */
const mod = `
2026-11-24 18:32:45.326 UTC [39] postgres@postgres LOG:  statement: delete from orders where id=20;
2026-11-24 18:32:45.338 UTC [39] postgres@postgres ERROR:  syntax error at or near "delete" at character 42
2026-11-24 18:32:45.338 UTC [39] postgres@postgres STATEMENT:  delete from orders where id=$$30$$::int 
	delete from orders where id = $1 
2026-11-24 18:32:45.338 UTC [39] postgres@postgres LOG:  statement: prepare p as delete from orders where id=$1;
2026-11-24 18:32:45.339 UTC [39] postgres@postgres LOG:  statement: execute p(32);
2026-11-24 18:32:45.339 UTC [39] postgres@postgres DETAIL:  prepare: prepare p as delete from orders where id=$1;
2026-11-24 18:32:45.340 UTC [39] postgres@postgres LOG:  duration: 0.116 ms  statement: delete from orders where id=33;
2026-11-24 18:32:45.340 UTC [39] postgres@postgres ERROR:  column "nope" does not exist at character 29
2026-11-24 18:32:45.340 UTC [39] postgres@postgres STATEMENT:  delete from orders where id=nope;
2026-11-24 18:32:45.344 UTC [39] postgres@postgres LOG:  duration: 3.734 ms  statement: do 'begin delete from orders where id=34; end';
`.split('\n')

const at = (time: string) => parseLogTime(`2026-11-24 ${time} UTC`)
const times = (matches: readonly StatementMatch[]) => matches.map(({startedMs, endedMs}) => [startedMs, endedMs])

describe('matchStatements', () => {
  it('reads a statement of several lines, and when the session went on', () => {
    expect(matchStatements(all, /delete\s+from accounts/, 'all')).toEqual({
      matches: [
        {
          pid: 38,
          user: 'postgres',
          database: 'app',
          text: 'delete\nfrom accounts\nwhere id > 0;',
          startedMs: at('18:31:58.909'),
          endedMs: at('18:31:58.909'),
        },
      ],
      unread: 0,
    })
    expect(times(matchStatements(all, /drop table scratch/i, 'all').matches)).toEqual([
      [at('18:31:58.909'), at('18:31:58.916')],
    ])
  })

  it('waits for the end of the transaction block, which ROLLBACK TO is not', () => {
    expect(times(matchStatements(all, /delete from orders/, 'all').matches)).toEqual([
      [at('18:31:58.906'), at('18:31:58.907')],
    ])
    const rolledBack = all.map(line => line.replace('rollback to s2', 'rollback'))
    expect(times(matchStatements(rolledBack, /delete from orders/, 'all').matches)).toEqual([
      [at('18:31:58.906'), at('18:31:58.906')],
    ])
    const neverEnded = all.filter(line => !/(?:commit|prepare)\b/.test(line))
    expect(times(matchStatements(neverEnded, /delete from orders/, 'all').matches)).toEqual([
      [at('18:31:58.906'), at('18:31:58.933')],
    ])
  })

  it('knows no end of what was prepared: anybody may commit it at any time', () => {
    expect(times(matchStatements(all, /update accounts/, 'all').matches)).toEqual([[at('18:31:58.907'), null]])
  })

  it('trusts only the end of the session when BEGIN and COMMIT are not logged', () => {
    expect(times(matchStatements(all, /drop table scratch/, 'mod').matches)).toEqual([
      [at('18:31:58.909'), at('18:31:58.933')],
    ])
    expect(times(matchStatements(mod, /where id=20/, 'mod').matches)).toEqual([[at('18:32:45.326'), null]])
  })

  it('finds prepared statements by their text, and takes the duration off where it is logged at the end', () => {
    const {matches, unread} = matchStatements(mod, /delete from orders/, 'mod')
    expect(matches.map(({text, startedMs}) => [text, startedMs])).toEqual([
      ['delete from orders where id=20;', at('18:32:45.326')],
      ['prepare p as delete from orders where id=$1;', at('18:32:45.338')],
      ['execute p(32); (prepare: prepare p as delete from orders where id=$1;)', at('18:32:45.339')],
      ['delete from orders where id=33;', at('18:32:45.339')],
      [`do 'begin delete from orders where id=34; end';`, at('18:32:45.340')],
    ])
    expect(unread).toBe(0)
  })

  it('reads what drivers send', () => {
    const lines = [
      '2026-11-24 18:31:58.890 UTC [7] app@shop LOG:  execute <unnamed>: delete from t where id > $1',
      `2026-11-24 18:31:58.890 UTC [7] app@shop DETAIL:  Parameters: $1 = '0'`,
      '2026-11-24 18:31:58.891 UTC [7] app@shop LOG:  execute s1/c2: delete from t',
    ]
    expect(
      matchStatements(lines, /^delete from t/, 'mod').matches.map(({text, user, database}) => [text, user, database]),
    ).toEqual([
      ['delete from t where id > $1', 'app', 'shop'],
      ['delete from t', 'app', 'shop'],
    ])
  })

  it('counts what it cannot read, so that no match is not taken for none', () => {
    const lines = [
      '2026-11-24 13:31:58.890 EST [7] app@shop LOG:  statement: delete from t',
      'LOG:  statement: delete from t',
      '2026-11-24 18:31:58.890 UTC [7] app@shop LOG:  statement: delete from t',
    ]
    expect(matchStatements(lines, /delete/, 'mod')).toMatchObject({
      matches: [{pid: 7, startedMs: at('18:31:58.890')}],
      unread: 2,
    })
  })

  it('is not confused by a pattern with a memory, or by sessions that alternate', () => {
    const lines = [1, 2, 1, 2].map(
      (pid, index) => `2026-11-24 18:31:58.00${index} UTC [${pid}] a@b LOG:  statement: delete from t`,
    )
    expect(times(matchStatements(lines, /delete/g, 'all').matches)).toEqual([
      [at('18:31:58.000'), at('18:31:58.002')],
      [at('18:31:58.001'), at('18:31:58.003')],
      [at('18:31:58.002'), null],
      [at('18:31:58.003'), null],
    ])
  })
})

describe('windowOf', () => {
  const match = (startedMs: number, endedMs: number | null): StatementMatch => ({
    pid: 1,
    user: 'a',
    database: 'b',
    text: '',
    startedMs,
    endedMs,
  })

  it.each([
    ['no match', [], null],
    ['one', [match(100, 200)], {fromMs: 90, toMs: 210}],
    ['two', [match(100, 200), match(50, 60)], {fromMs: 40, toMs: 210}],
    ['an end that is not known, whichever it is', [match(100, null), match(50, 60)], {fromMs: 40, toMs: null}],
    ['the same the other way round', [match(50, 60), match(100, null)], {fromMs: 40, toMs: null}],
  ])('%s', (_, matches, expected) => expect(windowOf(matches, 10)).toEqual(expected))

  it('holds every match', () => {
    const known = fc
      .tuple(fc.integer({min: 0, max: 1_000}), fc.integer({min: 0, max: 1_000}))
      .map(([start, length]) => match(start, start + length))
    fc.assert(
      fc.property(fc.array(known, {minLength: 1}), fc.integer({min: 0, max: 100}), (matches, marginMs) => {
        const window = windowOf(matches, marginMs)
        for (const {startedMs, endedMs} of matches) {
          expect(window?.fromMs).toBeLessThanOrEqual(startedMs - marginMs)
          expect(window?.toMs).toBeGreaterThanOrEqual((endedMs ?? 0) + marginMs)
        }
      }),
    )
  })
})
