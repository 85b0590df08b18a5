// The memory of a process that gathers does not grow with the number of rows: a tenth of a million and a million
// from real servers, with a reader that pauses. Not here: what is in the rows.
import {execFile} from 'node:child_process'
import {fileURLToPath} from 'node:url'
import {promisify} from 'node:util'
import {expect, it} from 'vitest'
import {useServers} from '../router/servers.ts'

const servers = useServers('it-gather-memory', {standbys: 0})
const child = fileURLToPath(new URL('gather-child.ts', import.meta.url))

/**
 * While V8 optimizes the WebAssembly of the router's SQL parser it takes hundreds of MiB, at some moment or other,
 * which would hide what is measured here.
 */
const flags = ['--liftoff-only']

async function memoryMiBFor(rows: number, offset = 0): Promise<number> {
  const {user, password, database} = servers.connection
  const {stdout} = await promisify(execFile)(process.execPath, [
    ...flags,
    child,
    servers.hosts()[0] ?? '',
    user,
    password,
    database,
    String(rows),
    String(offset),
  ])
  const seen = JSON.parse(stdout) as {count: number; isInOrder: boolean; memoryMiB: number}
  expect(seen).toMatchObject({count: rows - offset, isInOrder: true})
  return seen.memoryMiB
}

it.each([
  ['ten times the rows', 0],
  ['ten times the rows, which are passed over', 999_990],
])('%s take no more memory', async (_what, offset) => {
  const small = await memoryMiBFor(100_000)
  const large = await memoryMiBFor(1_000_000, offset)
  // All rows together would be some 150 MiB as texts; what differs is when garbage was collected.
  expect(large - small).toBeLessThan(40)
})
