// The REST clients against a real HTTP server on loopback: bounds, tokens, refusals.
import {createServer, type IncomingMessage, type Server, type ServerResponse} from 'node:http'
import {afterEach, describe, expect, it} from 'vitest'
import type {HostPort} from '../model/ports.ts'
import {etcdApi} from './etcd/etcd-api.ts'
import {patroniApi} from './patroni/patroni-api.ts'

type Answer = (
  request: {readonly path: string; readonly method: string; readonly authorization: string; readonly body: string},
  response: ServerResponse,
) => void

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

async function serve(answer: Answer): Promise<HostPort> {
  const server = createServer((request: IncomingMessage, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () =>
      answer(
        {
          path: request.url ?? '',
          method: request.method ?? '',
          authorization: request.headers.authorization ?? '',
          body,
        },
        response,
      ),
    )
  })
  servers.push(server)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {host: '127.0.0.1', port: typeof address === 'object' && address !== null ? address.port : 0}
}
const silent: Answer = () => undefined
const nobody: HostPort = {host: '127.0.0.1', port: 1}

describe('Patroni', () => {
  it('reads the body of a 503 too', async () => {
    const endpoint = await serve((_, response) => response.writeHead(503).end('{"state":"starting","role":"replica"}'))
    expect(await patroniApi({pg1: endpoint}, 'x').status('pg1')).toMatchObject({state: 'starting', role: 'standby'})
  })
  it('is null when nobody listens, when it is silent and when it talks nonsense', async () => {
    const api = patroniApi(
      {pg1: nobody, pg2: await serve(silent), pg3: await serve((_, response) => response.end('<html>'))},
      'x',
    )
    expect(await Promise.all([api.status('pg1'), api.status('pg2', 50), api.status('pg3')])).toEqual([null, null, null])
  })
  it('writes with the password, and only then', async () => {
    const seen: string[] = []
    const endpoint = await serve(({method, path, authorization, body}, response) => {
      seen.push(`${method} ${path} ${authorization} ${body}`)
      response.end('{}')
    })
    const api = patroniApi({pg1: endpoint}, 'secret')
    await api.config('pg1')
    await api.patchConfig('pg1', {ttl: 30})
    expect(seen).toEqual([
      'GET /config  ',
      `PATCH /config Basic ${Buffer.from('hl:secret').toString('base64')} {"ttl":30}`,
    ])
  })
  it("gives Patroni's words for a refusal", async () => {
    const endpoint = await serve((_, response) => response.writeHead(409).end('conflict of some kind'))
    await expect(patroniApi({pg1: endpoint}, 'x').patchConfig('pg1', {})).rejects.toMatchObject({
      code: 'PATRONI_REFUSED',
      message: 'pg1 refused PATCH /config: 409 conflict of some kind',
    })
  })
  it('refuses to write to nobody, without the password in the error', async () => {
    const error: unknown = await patroniApi({pg1: nobody}, 'secret')
      .patchConfig('pg1', {})
      .catch((caught: unknown) => caught)
    expect(error).toMatchObject({code: 'PATRONI_REFUSED'})
    expect(String(error)).not.toContain('secret')
  })
  it('knows its members', async () =>
    await expect(patroniApi({}, 'x').patchConfig('pg9', {})).rejects.toMatchObject({code: 'NODE_UNKNOWN'}))
})

const open = {password: 'x', identity: null}

/** An etcd member with one valid token, a revision and an owner of the lease. */
function member(state: {token: string; readonly revision: number; readonly owner: string}): Answer {
  const encode = (text: string): string => Buffer.from(text).toString('base64')
  return ({path, authorization}, response) => {
    if (path === '/v3/auth/authenticate') response.end(JSON.stringify({token: state.token}))
    else if (path === '/health') response.end('{"health":"true"}')
    else if (path === '/v3/maintenance/status') response.end('{"header":{"member_id":"1"},"leader":"1","raftTerm":"4"}')
    else if (authorization !== state.token)
      response.writeHead(401).end('{"code":16,"message":"etcdserver: invalid auth token"}')
    else
      response.end(
        JSON.stringify({
          header: {revision: String(state.revision)},
          kvs: [{key: encode('/service/hl/leader'), value: encode(state.owner), lease: '7'}],
        }),
      )
  }
}

describe('etcd', () => {
  it('is believed where it is newest', async () => {
    const [old, fresh] = [
      await serve(member({token: 't', revision: 5, owner: 'pg1'})),
      await serve(member({token: 't', revision: 9, owner: 'pg2'})),
    ]
    expect(await etcdApi({etcd1: old, etcd2: fresh, etcd3: nobody}, open, 'hl').keys()).toMatchObject({
      revision: 9,
      leaseOwner: 'pg2',
      leaseId: '7',
    })
  })
  it('is asked for a new token when it has forgotten the old one', async () => {
    const state = {token: 'first', revision: 5, owner: 'pg1'}
    const api = etcdApi({etcd1: await serve(member(state))}, open, 'hl')
    await api.keys()
    state.token = 'second'
    expect(await api.keys()).toMatchObject({leaseOwner: 'pg1'})
  })
  it('is null when no member answers', async () => expect(await etcdApi({etcd1: nobody}, open, 'hl').keys()).toBeNull())
  it('tells of a member', async () => {
    const api = etcdApi({etcd1: await serve(member({token: 't', revision: 1, owner: ''})), etcd2: nobody}, open, 'hl')
    expect([await api.member('etcd1'), await api.member('etcd2')]).toEqual([
      {healthy: true, leads: true, term: 4},
      null,
    ])
  })
})
