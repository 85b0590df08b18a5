import {describe, expect, it} from 'vitest'
import {FakeClock} from '../../test/fakes/fake-clock.ts'
import {HlError} from '../model/errors.ts'
import type {ExecResult} from '../model/ports.ts'
import {askAs, rowsOf, statementError} from './psql.ts'

const answer = (stdout = ''): ExecResult => ({exitCode: 0, stdout, stderr: ''})

/** A node whose statement runs until its session is ended; `deaf`: that is asked for in vain. */
function nodeOf({deaf = false} = {}) {
  const stop = new AbortController()
  const clock = new FakeClock()
  const ran: string[] = []
  let session = true
  let end: (result: ExecResult) => void = () => undefined
  const cluster = {
    lab: 'lab',
    exec: async (_node: string, argv: readonly string[]): Promise<ExecResult> => {
      const words = argv.join(' ')
      ran.push(words)
      if (!words.includes('pg_terminate_backend')) return new Promise(resolve => (end = resolve))
      const was = session
      if (!deaf) {
        session = false
        end({exitCode: 2, stdout: '', stderr: 'terminated'})
      }
      return Promise.resolve(answer(was ? 't' : ''))
    },
  }
  const options = {clock, signal: stop.signal}
  const asked = async () => askAs(cluster, 'pg1', 'postgres', 'UPDATE t SET x = 1', options)
  return {stop, clock, ran, cluster, asked, options}
}

describe('a statement of a person', () => {
  it('is bounded on the server itself, so that it ends there though nobody waits for it', async () => {
    const {ran, cluster, options} = nodeOf()
    const exec = async (node: string, argv: readonly string[]): Promise<ExecResult> => {
      void cluster.exec(node, argv)
      return Promise.resolve(answer('1'))
    }
    expect((await askAs({...cluster, exec}, 'pg1', 'hl_app', 'SELECT 1', options)).stdout).toBe('1')
    expect(ran).toEqual([
      expect.stringMatching(
        /^env PGAPPNAME=hl_psql_\w+ PGOPTIONS=-c role=hl_app -c statement_timeout=60000 psql -d hl -X -v ON_ERROR_STOP=1 -v VERBOSITY=verbose -c SELECT 1$/,
      ),
    ])
  })

  it.each([
    [false, 'was ended and is gone'],
    [true, 'may still run there, and be committed'],
  ])('at Ctrl-C is ended on the server (deaf: %s), which is seen or told', async (deaf, words) => {
    const {stop, clock, asked} = nodeOf({deaf})
    clock.after(1_000, () => stop.abort('SIGINT'))
    await expect(clock.run(asked())).rejects.toMatchObject({
      code: 'INTERRUPTED',
      message: expect.stringContaining(words) as string,
    })
    expect(clock.nowMs()).toBeLessThan(22_000)
  })

  it('that nothing is heard of is ended too', async () => {
    const {clock, cluster, options} = nodeOf()
    const exec = async (node: string, argv: readonly string[]): Promise<ExecResult> =>
      argv.join(' ').includes('UPDATE')
        ? Promise.reject(new HlError('TIMEOUT', 'docker exec did not end in time', {next: ['x']}))
        : cluster.exec(node, argv)
    await expect(
      clock.run(askAs({...cluster, exec}, 'pg1', 'postgres', 'UPDATE t SET x = 1', options)),
    ).rejects.toMatchObject({code: 'TIMEOUT', message: expect.stringContaining('is gone') as string})
  })

  it.each([
    [1, 'ERROR:  57014: canceling statement due to statement timeout', 'TIMEOUT', 'cancelled the statement'],
    [
      1,
      'ERROR:  42601: syntax error at or near "x"\nLINE 1: x\n        ^\nLOCATION:  scanner_yyerror, scan.l:1244',
      'STATEMENT_FAILED',
      'ERROR:  syntax error at or near "x"\nLINE 1: x\n        ^ (SQLSTATE 42601)',
    ],
    [1, 'ERROR:  23505: duplicate key', 'STATEMENT_FAILED', 'ERROR:  duplicate key (SQLSTATE 23505)'],
    [1, 'ERROR:  25006: cannot execute INSERT in a read-only transaction', 'STATEMENT_FAILED', 'read-only'],
    [1, 'ERROR:  53100: could not extend file', 'LAB_UNHEALTHY', 'could not extend file'],
    [1, 'ERROR:  XX001: invalid page in block 3', 'LAB_UNHEALTHY', 'invalid page'],
    [2, 'psql: error: connection refused', 'LAB_UNHEALTHY', 'takes no session'],
  ])('psql ends with %d and says %j: %s', (exitCode, stderr, code, message) =>
    expect(statementError('pg1', {exitCode, stdout: '', stderr})).toMatchObject({
      code,
      message: expect.stringContaining(message) as string,
    }),
  )

  it('that fails is no wrong usage of hl', () =>
    expect(statementError('pg1', {exitCode: 1, stdout: '', stderr: 'ERROR:  42P01: no such table'})?.exitCode).toBe(1))
})

describe('what a program is given', () => {
  it('is asked for as CSV, of the last statement only', async () => {
    const {ran, cluster, options} = nodeOf()
    const exec = async (node: string, argv: readonly string[]): Promise<ExecResult> => {
      void cluster.exec(node, argv)
      return Promise.resolve(answer())
    }
    await askAs({...cluster, exec}, 'pg1', 'hl_app', 'SELECT 1', {...options, csv: true})
    expect(ran[0]).toContain(' --csv -q ')
    expect(ran[0]).toContain(' -v SHOW_ALL_RESULTS=off ')
  })

  it.each([
    ['SELECT 1 AS a', 'a\n1\n', {columns: ['a'], rows: [{a: '1'}], output: null}],
    ['CREATE TABLE t ()', '', {columns: [], rows: [], output: null}],
    ['COPY t TO STDOUT', 'a,b\n1,2\n', {columns: [], rows: [], output: 'a,b\n1,2\n'}],
    ['/* all */ -- of it\n copy t to stdout', '1\n2\n', {columns: [], rows: [], output: '1\n2\n'}],
    ['TABLE copyright', 'a\n1\n', {columns: ['a'], rows: [{a: '1'}], output: null}],
    ['VACUUM VERBOSE', 'x\ny,z\n', {columns: [], rows: [], output: 'x\ny,z\n'}],
  ])('of %j is rows, or what psql printed', (statement, stdout, given) =>
    expect(rowsOf(statement, {stdout})).toEqual(given),
  )
})
