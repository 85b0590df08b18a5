import {describe, expect, it} from 'vitest'
import type {ExecResult} from '../../model/ports.ts'
import {notInForce, otherText, others, parseArgv, readParameters, refusalText} from './server-parameters.ts'

const said = (stdout: string, stderr = '', exitCode = 0): ExecResult => ({exitCode, stdout, stderr})

// As PostgreSQL 17 says it.
const unknown = '2026-11-30 07:04:29.108 GMT [26] FATAL:  unrecognized configuration parameter "foo"\n'
const unit = `2026-11-30 07:04:29.317 GMT [27] FATAL:  invalid value for parameter "work_mem": "8QB"
2026-11-30 07:04:29.317 GMT [27] HINT:  Valid units for this parameter are "B", "kB", "MB", "GB", and "TB".
`

describe('parameters before anything is changed', () => {
  it('are read by the server itself, which starts none', async () => {
    const asked: (readonly string[])[] = []
    const run = async (argv: readonly string[]) => {
      asked.push(argv)
      return Promise.resolve(said(argv.includes('jit=on') ? 'on\n' : '8192\n'))
    }
    expect([...(await readParameters(run, {work_mem: '8MB', jit: true}))]).toEqual([
      ['work_mem', '8192'],
      ['jit', 'on'],
    ])
    expect(asked).toEqual([parseArgv('work_mem', '8MB'), parseArgv('jit', 'on')])
  })

  it('are refused in its words, all at once', async () => {
    const run = async ([, , name = '']: readonly string[]) =>
      Promise.resolve(said('', {foo: unknown, work_mem: unit}[name] ?? '', name === 'fine' ? 0 : 1))
    await expect(readParameters(run, {foo: 'bar', fine: 1, work_mem: '8QB'})).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message:
        'PostgreSQL does not take these parameters: unrecognized configuration parameter "foo"; invalid value for parameter "work_mem": "8QB". Valid units for this parameter are "B", "kB", "MB", "GB", and "TB"',
    })
  })

  it('are refused where the server says nothing of its own', () =>
    expect(refusalText('a', 'exec failed')).toBe('a: exec failed'))
})

describe('parameters afterwards', () => {
  const wanted = new Map([
    ['max_connections', '150'],
    ['work_mem', '8192'],
    ['foo', 'bar'],
    ['wal_buffers', '-1'],
    ['timezone', 'UTC'],
  ])
  const rows = 'max_connections|postmaster|200\nwork_mem|user|4096\nwal_buffers|postmaster|512\nTimeZone|user|UTC\n'

  it('that are not in force are named, with what is, and whether a restart brings them', () => {
    const found = others(wanted, rows)
    expect(found.map(otherText)).toEqual([
      'max_connections is 200, not 150',
      'work_mem is 4096, not 8192',
      'foo is not there',
    ])
    expect(found.map(({needsRestart}) => needsRestart)).toEqual([true, false, false])
  })

  it('are asked of the server, and not of Patroni', async () => {
    const asked: string[] = []
    const exec = async (_node: string, argv: readonly string[]) => {
      asked.push(argv.at(-1) ?? '')
      return Promise.resolve(said('work_mem|user|8192\n'))
    }
    expect(await notInForce({exec}, 'pg1', new Map([['work_mem', '8192']]))).toEqual([])
    expect(asked[0]).toContain("FROM pg_settings WHERE lower(name) IN ('work_mem')")
    expect(await notInForce({exec}, 'pg1', new Map())).toEqual([])
    expect(asked).toHaveLength(1)
  })

  it('of a server that does not say are not taken for well', async () => {
    const exec = async () => Promise.resolve(said('', 'no session', 2))
    await expect(notInForce({exec}, 'pg1', wanted)).rejects.toMatchObject({code: 'LAB_UNHEALTHY'})
  })
})
