import {describe, expect, it, test} from 'vitest'
import {HlError} from '../model/errors.ts'
import type {Cluster, ExecResult} from '../model/ports.ts'
import {bringManifest, compressionOf, pushEncrypted, readEncrypted} from './take-encrypted.ts'

type Answer = (service: string, argv: readonly string[], stdin: string | undefined) => ExecResult

/** Only what is asked of it here. */
function clusterOf(answer: Answer): {readonly cluster: Cluster; readonly calls: readonly string[]} {
  const calls: string[] = []
  const exec: Cluster['exec'] = (service, argv, {stdin}) => {
    calls.push(`${service}: ${argv.join(' ')}`)
    return Promise.resolve(answer(service, argv, stdin))
  }
  // Nothing else of the port is called.
  return {cluster: {lab: 'lab', members: ['pg1', 'pg2', 'pg3'], exec} as unknown as Cluster, calls}
}

const ok = (stdout = ''): ExecResult => ({exitCode: 0, stdout, stderr: ''})
const failed: ExecResult = {exitCode: 1, stdout: '', stderr: 'no such file'}

describe('compression in an encrypted archive', () => {
  it.each([
    ['none', 'none', 0],
    ['gzip', 'gzip', 6],
    ['gzip:9', 'gzip', 9],
    ['lz4', 'lz4', 1],
    ['zstd', 'zstd', 3],
    ['zstd:level=19', 'zstd', 19],
    // Both ends are the node.
    ['server-zstd:5', 'zstd', 5],
    ['client-lz4:12', 'lz4', 12],
  ])('takes %s', (text, method, level) => expect(compressionOf(text)).toEqual({method, level}))
  it.each(['', 'brotli', 'gzip:0', 'gzip:10', 'zstd:20', 'zstd:level=3,workers=2', 'none:1', 'gzip -c; rm'])(
    'does not take "%s"',
    text => expect(() => compressionOf(text)).toThrow(expect.objectContaining({code: 'USAGE'}) as Error),
  )
})

test("a node is told what to take, and names its own copy of the parent's manifest", async () => {
  const {cluster, calls} = clusterOf(() => ok())
  const order = {
    systemIdentifier: '7',
    id: 'b',
    compression: 'server-zstd:3',
    checkpoint: 'fast',
    rate: '50M',
    parent: 'a',
    logical: false,
  } as const
  await pushEncrypted(cluster, 'pg2', order, 1)
  await pushEncrypted(cluster, 'pg2', {...order, logical: true, parent: null}, 1)
  expect(calls).toEqual([
    'pg2: backup-push-encrypted base 7 b zstd 3 -c fast --max-rate=50M --incremental=/var/lib/postgresql/manifests/a',
    'pg2: backup-push-encrypted dump 7 b none 0',
  ])
})

test('the catalog learns for whom it is encrypted and the hash of what is stored; a node that does not say is an error', async () => {
  const {cluster} = clusterOf(() => ok('age1abc\n'))
  const sha256 = 'a'.repeat(64)
  expect(await readEncrypted(cluster, 'pg2', `${sha256} 4711\n`)).toEqual({recipient: 'age1abc', sha256})
  await expect(readEncrypted(cluster, 'pg2', 'nothing')).rejects.toMatchObject({code: 'BACKUP_FAILED'})
})

describe('the manifest of the parent', () => {
  const parent = {id: 'a', manifestSha256: 'f'.repeat(64)}
  const has =
    (owner: string, sum = parent.manifestSha256): Answer =>
    (service, argv, stdin) => {
      if (argv[0] === 'sha256sum') return service === owner ? ok(`${sum}  x`) : failed
      if (argv[0] === 'cat') return service === owner ? ok('the manifest') : failed
      return stdin === 'the manifest' ? ok() : failed
    }
  it('is used where it is', async () => {
    const {cluster, calls} = clusterOf(has('pg2'))
    expect(await bringManifest(cluster, 'pg2', parent)).toEqual({parent: 'a', why: null})
    expect(calls).toHaveLength(1)
  })
  it('is brought from another member', async () => {
    const {cluster, calls} = clusterOf(has('pg3'))
    expect(await bringManifest(cluster, 'pg2', parent)).toEqual({parent: 'a', why: null})
    expect(calls.at(-1)).toContain('pg2: sh -euc')
  })
  it.each([
    ['nobody has it', has('nobody')],
    ['it is another one', has('pg1', '0'.repeat(64))],
  ])('is given up when %s: a full backup follows, with the reason', async (_what, answer) => {
    expect(await bringManifest(clusterOf(answer).cluster, 'pg2', parent)).toEqual({
      parent: null,
      why: expect.stringContaining('manifest of a') as string,
    })
  })
  it('is looked for past a member that is down', async () => {
    const answer = has('pg3')
    const {cluster} = clusterOf((service, argv, stdin) => {
      if (service === 'pg1') throw new HlError('DOCKER_COMMAND_FAILED', 'not running', {next: ['x']})
      return answer(service, argv, stdin)
    })
    expect(await bringManifest(cluster, 'pg2', parent)).toMatchObject({parent: 'a'})
  })
})
