// Asks etcd's v3 JSON gateway, one member or all at once, and logs in when that is needed. Invariant: bounded in time;
// a member that does not answer is null. Not here: what is asked, what answers mean (etcd-api.ts, parse-etcd.ts).
import {Agent, request as plainRequest, type ClientRequest, type RequestOptions} from 'node:http'
import {Agent as TlsAgent, request as tlsRequest} from 'node:https'
import {text} from 'node:stream/consumers'
import type {HostPort} from '../../model/ports.ts'
import {parseToken} from './parse-etcd.ts'

export type Answer = {readonly status: number; readonly text: string} | null

export interface EtcdGateway {
  /** One member, without a token: what everybody may ask. `body` undefined: a GET. */
  readonly askOne: (host: HostPort, path: string, body?: unknown) => Promise<Answer>
  /** All members at once, with a token; what was answered with a yes and could be read. */
  readonly askAll: <T>(
    path: string,
    body: unknown,
    boundMs: number,
    parse: (text: string) => T,
  ) => Promise<readonly T[]>
}

const openBoundMs = 2_500

/** What hl shows of itself, as PEM: its certificate and key, and the authority that etcd's own must be of. */
export interface EtcdIdentity {
  readonly ca: string
  readonly cert: string
  readonly key: string
}

export interface EtcdCredentials {
  /** Of etcd's user hl, who may read below /service/. */
  readonly password: string
  /** null: of a lab whose etcd asks for none. */
  readonly identity: EtcdIdentity | null
}

/** All members show one certificate, which has the names of all. */
const memberName = 'etcd1'

export function etcdGateway(hosts: readonly HostPort[], {password, identity}: EtcdCredentials): EtcdGateway {
  let token: string | null = null
  const plain = new Agent({keepAlive: true})
  const tls = new TlsAgent({keepAlive: true})
  const post = poster(options =>
    identity === null
      ? plainRequest({...options, agent: plain})
      : tlsRequest({...options, ...identity, servername: memberName, agent: tls}),
  )
  const askEach = async (path: string, body: unknown, boundMs: number, withToken: string | null) =>
    Promise.all(hosts.map(async host => post(host, path, body, {token: withToken, boundMs})))

  /**
   * A token is made by consensus and good on every member; a restarted member forgets it. False when nobody gave one.
   */
  const logIn = async (): Promise<boolean> => {
    const answers = await askEach('/v3/auth/authenticate', {name: 'hl', password}, openBoundMs, null)
    const fresh = accepted(answers, parseToken).find(candidate => candidate !== null)
    token = fresh ?? token
    return fresh !== undefined
  }
  return {
    askOne: async (host, path, body) => post(host, path, body, {token: null, boundMs: openBoundMs}),
    /** Logs in where there is no token yet, and again when members answer and none of them knows it. */
    askAll: async (path, body, boundMs, parse) => {
      if (token === null && !(await logIn())) return []
      const first = await askEach(path, body, boundMs, token)
      const forgotten = first.some(answer => answer !== null) && first.every(answer => answer?.status !== 200)
      return accepted(forgotten && (await logIn()) ? await askEach(path, body, boundMs, token) : first, parse)
    },
  }
}

interface Posted {
  readonly token: string | null
  readonly boundMs: number
}

/** `ask`: over TLS or in plain. */
function poster(ask: (options: RequestOptions) => ClientRequest) {
  return async ({host, port}: HostPort, path: string, body: unknown, {token, boundMs}: Posted): Promise<Answer> =>
    new Promise(resolve => {
      const request = ask({
        host,
        port,
        path,
        method: body === undefined ? 'GET' : 'POST',
        headers: token === null ? {} : {authorization: token},
        signal: AbortSignal.timeout(boundMs),
      })
      request.once('error', () => resolve(null))
      request.once('response', response => {
        void text(response).then(
          said => resolve({status: response.statusCode ?? 0, text: said}),
          () => resolve(null),
        )
      })
      request.end(body === undefined ? undefined : JSON.stringify(body))
    })
}

/** The answers that were a yes and could be read. */
export function accepted<T>(answers: readonly Answer[], parse: (text: string) => T): readonly T[] {
  return answers.flatMap(answer => {
    if (answer?.status !== 200) return []
    try {
      return [parse(answer.text)]
    } catch {
      return []
    }
  })
}
