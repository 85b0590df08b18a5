// The certificates that a lab makes for its etcd, by the program that makes them, on a server that asks for them. No
// Docker; openssl of this machine. Not here: etcd itself (test/e2e/around.test.ts).
import {spawnSync} from 'node:child_process'
import {mkdirSync, readFileSync, readdirSync, statSync, writeFileSync} from 'node:fs'
import {createServer, type Server} from 'node:https'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {etcdApi} from '../../../src/lab/etcd/etcd-api.ts'
import {parseEtcdIdentity} from '../../../src/lab/lifecycle/lab-secrets.ts'
import type {HostPort} from '../../../src/model/ports.ts'
import {temporaryFolder} from '../../temporary-folder.ts'

const source = readFileSync(new URL('../../../compose/images/shared/ensure-secrets', import.meta.url), 'utf8')

/** Runs it, as a container with the lab's volume does; the folder in place of the volume. */
function ensureSecrets(folder: string): void {
  const script = join(folder, '..', 'ensure-secrets')
  writeFileSync(script, source.replaceAll('/run/hl-secrets', folder))
  const ended = spawnSync('sh', [script], {encoding: 'utf8'})
  expect([ended.status, ended.stdout, ended.stderr]).toEqual([0, '', ''])
}

const secretsIn = (parent: string): string => {
  const folder = join(parent, 'secrets')
  mkdirSync(folder)
  return folder
}
const folder = secretsIn(temporaryFolder('certificates', afterAll))
const read = (name: string): string => readFileSync(join(folder, 'etcd', name), 'utf8')

let server: Server
let at: HostPort
beforeAll(async () => {
  ensureSecrets(folder)
  server = createServer(
    {
      ca: read('ca.crt'),
      cert: read('member.crt'),
      key: read('member.key'),
      requestCert: true,
      rejectUnauthorized: true,
    },
    (request, response) => {
      if (request.url === '/v3/auth/authenticate') response.end('{"token":"t"}')
      else if (request.url === '/version') response.end('{"etcdserver":"3.5.0"}')
      else response.end('{"header":{"revision":"7"},"kvs":[]}')
    },
  )
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  at = {host: '127.0.0.1', port: typeof address === 'object' && address !== null ? address.port : 0}
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

describe('the certificates of a lab', () => {
  test('are made once, for root alone, and without the key of their authority', () => {
    const before = read('hl.pem')
    ensureSecrets(folder)
    expect(read('hl.pem')).toBe(before)
    expect(readdirSync(folder).toSorted()).toEqual(['etcd', 'secrets.env'])
    expect(readdirSync(join(folder, 'etcd')).toSorted()).toEqual([
      'ca.crt',
      'client.crt',
      'client.key',
      'hl.pem',
      'member.crt',
      'member.key',
    ])
    for (const name of readdirSync(join(folder, 'etcd')))
      expect(statSync(join(folder, 'etcd', name)).mode & 0o077, name).toBe(0)
  })

  test('are added to a volume that has passwords only, and leave these as they are', () => {
    const older = secretsIn(temporaryFolder('certificates'))
    writeFileSync(join(older, 'secrets.env'), 'APP_PASSWORD=kept\n')
    ensureSecrets(older)
    expect(readFileSync(join(older, 'secrets.env'), 'utf8')).toBe('APP_PASSWORD=kept\n')
    expect(readdirSync(join(older, 'etcd'))).toContain('hl.pem')
  })

  test('let hl ask, and nobody else', async () => {
    const identity = parseEtcdIdentity(read('hl.pem'))
    const ask = async (shown: typeof identity): Promise<unknown> => {
      const api = etcdApi({etcd1: at}, {password: 'x', identity: shown}, 'hl')
      return [await api.version(), (await api.keys())?.revision ?? null]
    }
    expect(identity).not.toBeNull()
    expect(await ask(identity)).toEqual(['3.5.0', 7])
    expect(await ask(null)).toEqual([null, null])
    const other = secretsIn(temporaryFolder('certificates'))
    ensureSecrets(other)
    expect(await ask(parseEtcdIdentity(readFileSync(join(other, 'etcd/hl.pem'), 'utf8')))).toEqual([null, null])
  })

  test('sign no others: that of a client is no authority', async () => {
    const made = join(folder, '..')
    writeFileSync(join(made, 'req.cnf'), '[req]\ndistinguished_name = dn\n[dn]\n')
    const words = `req -x509 -config req.cnf -CA ${folder}/etcd/client.crt -CAkey ${folder}/etcd/client.key -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /O=x -keyout x.key -out x.crt`
    spawnSync('openssl', words.split(' '), {cwd: made})
    const chain = `${readFileSync(join(made, 'x.crt'), 'utf8')}${read('client.crt')}`
    const forged = {ca: read('ca.crt'), cert: chain, key: readFileSync(join(made, 'x.key'), 'utf8')}
    expect(await etcdApi({etcd1: at}, {password: 'x', identity: forged}, 'hl').version()).toBeNull()
  })
})
