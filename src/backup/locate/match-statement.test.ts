import {describe, expect, it} from 'vitest'
import {parseLogTime} from './log-time.ts'
import {readStatementLog, type LoggedStatement} from './match-statement.ts'

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

/** The same with `%v %x` in the prefix, log_statement = mod, log_disconnections = on, as captured. */
const withIds = `
2026-11-29 23:58:01.101 UTC [70] 4/11 0 postgres@hl LOG:  statement: insert into g.x select g from generate_series(1,500) g
2026-11-29 23:58:01.120 UTC [70] 4/12 0 postgres@hl LOG:  statement: delete from g.x where id < 3
2026-11-29 23:58:01.121 UTC [70] 4/12 760 postgres@hl LOG:  statement: update g.job set n = 1
2026-11-29 23:58:01.130 UTC [71] 5/3 0 postgres@hl LOG:  statement: delete from g.x where nope
2026-11-29 23:58:01.131 UTC [71] 5/3 0 postgres@hl ERROR:  column "nope" does not exist at character 25
2026-11-29 23:58:01.131 UTC [71] 5/3 0 postgres@hl STATEMENT:  delete from g.x where nope
2026-11-29 23:58:01.140 UTC [71] 5/4 0 postgres@hl LOG:  statement: delete from g.x where id = 9
2026-11-29 23:58:01.150 UTC [71] 5/0 0 postgres@hl LOG:  disconnection: session time: 0:00:00.020 user=postgres database=hl host=[local]
2026-11-29 23:58:01.160 UTC [70] 4/13 0 postgres@hl LOG:  statement: truncate g.x
`.split('\n')

const at = (time: string) => parseLogTime(`2026-11-24 ${time} UTC`)
const late = (time: string) => parseLogTime(`2026-11-29 ${time} UTC`)
const times = (matches: readonly LoggedStatement[]) => matches.map(({startedMs, endedMs}) => [startedMs, endedMs])
const matched = (lines: readonly string[], pattern: RegExp) => readStatementLog(lines, pattern).matches

describe('readStatementLog', () => {
  it('reads a statement of several lines', () =>
    expect(matched(all, /delete\s+from accounts/)).toEqual([
      {
        session: 'a0',
        pid: 38,
        user: 'postgres',
        database: 'app',
        text: 'delete\nfrom accounts\nwhere id > 0;',
        startedMs: at('18:31:58.909'),
        endedMs: at('18:31:58.933'),
        xid: null,
        failed: null,
      },
    ]))

  it('trusts only the end of the session where no line tells of transactions', () => {
    expect(times(matched(all, /drop table scratch/))).toEqual([[at('18:31:58.909'), at('18:31:58.933')]])
    expect(times(matched(mod, /where id=20/))).toEqual([[at('18:32:45.326'), null]])
  })

  it('knows from the ids in the prefix when a transaction was over, and which one it was', () => {
    const told = matched(withIds, /g\.x/).map(({text, startedMs, endedMs, xid, failed}) => [
      text.slice(0, 14),
      startedMs,
      endedMs,
      xid,
      failed,
    ])
    expect(told).toEqual([
      ['insert into g.', late('23:58:01.101'), late('23:58:01.120'), null, null],
      ['delete from g.', late('23:58:01.120'), late('23:58:01.160'), 760, null],
      [
        'delete from g.',
        late('23:58:01.130'),
        late('23:58:01.140'),
        null,
        'column "nope" does not exist at character 25',
      ],
      ['delete from g.', late('23:58:01.140'), late('23:58:01.150'), null, null],
      ['truncate g.x', late('23:58:01.160'), null, null, null],
    ])
    expect(readStatementLog(withIds, /x/).sessionOf).toEqual(new Map([[760, 'a0']]))
  })

  it('does not take what is said of another statement for a failure of this one', () => {
    const other = withIds.map(line => line.replace('STATEMENT:  delete from g.x where nope', 'STATEMENT:  select 1'))
    expect(matched(other, /nope/).map(({failed}) => failed)).toEqual([null])
  })

  it('ends everything when the server starts again, and takes the next one of a process id for another', () => {
    const lines = [
      ...withIds,
      '2026-11-29 23:59:00.000 UTC [1] LOG:  starting PostgreSQL 17.12',
      '2026-11-29 23:59:05.000 UTC [70] 4/1 0 postgres@hl LOG:  statement: truncate g.x',
    ]
    expect(matched(lines, /truncate/).map(({session, endedMs}) => [session, endedMs])).toEqual([
      ['a0', late('23:59:00.000')],
      ['a2', null],
    ])
  })

  it('says nothing of which transaction it was where the text holds more than one', () => {
    const lines = [
      '2026-11-29 23:58:01.120 UTC [70] 4/12 0 a@hl LOG:  statement: begin; delete from a; commit; delete from b',
      '2026-11-29 23:58:01.121 UTC [70] 4/12 760 a@hl ERROR:  no',
      '2026-11-29 23:58:01.121 UTC [70] 4/12 760 a@hl STATEMENT:  begin; delete from a; commit; delete from b',
    ]
    expect(matched(lines, /delete/)).toMatchObject([{xid: null, failed: null}])
  })

  it('finds prepared statements by their text, and takes the duration off where it is logged at the end', () => {
    const {matches, unread} = readStatementLog(mod, /delete from orders/)
    expect(matches.map(({text, startedMs}) => [text, startedMs])).toEqual([
      ['delete from orders where id=20;', at('18:32:45.326')],
      ['prepare p as delete from orders where id=$1;', at('18:32:45.338')],
      ['execute p(32); (prepare: prepare p as delete from orders where id=$1;)', at('18:32:45.339')],
      ['delete from orders where id=33;', at('18:32:45.339')],
      [`do 'begin delete from orders where id=34; end';`, at('18:32:45.340')],
    ])
    expect(unread).toBe(0)
  })

  it('takes the end of one that was logged when it was over', () => {
    const line = '2026-11-29 23:58:01.120 UTC [70] 4/0 0 a@hl LOG:  duration: 19.500 ms  statement: delete from a'
    expect(times(matched([line], /delete/))).toEqual([[late('23:58:01.100'), late('23:58:01.120')]])
    expect(times(matched([line.replace('4/0', '4/7')], /delete/))).toEqual([[late('23:58:01.100'), null]])
  })

  it('reads what drivers send', () => {
    const lines = [
      '2026-11-24 18:31:58.890 UTC [7] app@shop LOG:  execute <unnamed>: delete from t where id > $1',
      `2026-11-24 18:31:58.890 UTC [7] app@shop DETAIL:  Parameters: $1 = '0'`,
      '2026-11-24 18:31:58.891 UTC [7] app@shop LOG:  execute s1/c2: delete from t',
    ]
    expect(matched(lines, /^delete from t/).map(({text, user, database}) => [text, user, database])).toEqual([
      ['delete from t where id > $1', 'app', 'shop'],
      ['delete from t', 'app', 'shop'],
    ])
  })

  it('counts what it cannot read, so that no match is not taken for none', () => {
    const lines = [
      '2026-11-24 13:31:58.890 EST [7] app@shop LOG:  statement: delete from t',
      'LOG:  statement: delete from t',
      '2026-11-24 18:31:58.890 UTC [7] app@shop LOG:  statement: delete from t',
      // Of Patroni, and of programs that it starts.
      '2026-11-24 18:31:58,909 INFO: no action. I am (pg1), the leader with the lock',
      '2026-11-24 18:31:58,910 ERROR: Error when fetching backup: pg_basebackup exited with code=1',
      'Traceback (most recent call last):',
      'pg_rewind: error: could not connect to server',
      'localhost:5432 - accepting connections',
    ]
    expect(readStatementLog(lines, /delete/)).toMatchObject({
      matches: [{pid: 7, startedMs: at('18:31:58.890')}],
      unread: 2,
    })
  })

  it('is not confused by a pattern with a memory, or by sessions that alternate', () => {
    const lines = [1, 2, 1, 2].map(
      (pid, index) =>
        `2026-11-24 18:31:58.00${index} UTC [${pid}] ${pid}/${index + 1} 0 a@b LOG:  statement: delete from t`,
    )
    expect(times(matched(lines, /delete/g))).toEqual([
      [at('18:31:58.000'), at('18:31:58.002')],
      [at('18:31:58.001'), at('18:31:58.003')],
      [at('18:31:58.002'), null],
      [at('18:31:58.003'), null],
    ])
  })
})
