import {expect, it} from 'vitest'
import type {ExecResult} from '../model/ports.ts'
import {newParameters, requireParameters} from './require-parameters.ts'

const servers = {
  'postgres -C max_connections': {exitCode: 0, stdout: '150\n', stderr: ''},
  'postgres -C work_mem': {exitCode: 0, stdout: '8192\n', stderr: ''},
  'postgres -C foo': {exitCode: 1, stdout: '', stderr: 'FATAL:  unrecognized configuration parameter "foo"'},
}
const settings = 'max_connections|postmaster|200\nwork_mem|user|4096\n'
const exec = async (_node: string, argv: readonly string[]): Promise<ExecResult> =>
  Promise.resolve(
    Object.entries(servers).find(([start]) => argv.join(' ').startsWith(start))?.[1] ?? {
      exitCode: 0,
      stdout: settings,
      stderr: '',
    },
  )
const cluster = {exec, lab: 'lab'}

it('asks for those only that are not in effect', () =>
  expect(newParameters({a: '1', b: 2}, {a: 1, b: 3, c: 'x'})).toEqual({b: 3, c: 'x'}))

it('passes what a reload brings into force', async () => {
  await expect(requireParameters(cluster, 'pg1', {work_mem: '8MB'})).resolves.toBeUndefined()
})

it.each([
  [{foo: 'bar'}, 'unrecognized configuration parameter "foo"'],
  [{max_connections: 150}, 'a run restarts nothing: max_connections is 200, not 150'],
])('refuses %j before the run', async (parameters, message) =>
  expect(requireParameters(cluster, 'pg1', parameters)).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining(message),
  }),
)

it('names the command that makes a lab with them', async () =>
  expect(requireParameters(cluster, 'pg1', {max_connections: 150})).rejects.toMatchObject({
    next: expect.arrayContaining([expect.stringContaining('hl up --param max_connections=150')]),
  }))
