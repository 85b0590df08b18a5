// etcd's v3 JSON gateway. Reads are serializable: any member answers from its own store, so they work without a quorum;
// the member with the highest revision is believed. Invariant: read-only, bounded in time, null when nobody answers.
// Not here: what keys mean (parse-etcd.ts).
import type {HostPort} from '../../model/ports.ts'
import {
  parseEtcdVersion,
  parseHealth,
  parseLease,
  parseMemberStatus,
  parseRange,
  parseToken,
  readDcsKeys,
  type DcsKeys,
} from './parse-etcd.ts'

export interface DcsMemberAnswer {
  /** etcd's own /health: it takes writes, so it has a quorum. */
  readonly healthy: boolean
  readonly leads: boolean
  readonly term: number
}

export interface EtcdApi {
  /** Patroni's keys; null when no member answers (or none lets us in: a new token needs a quorum). */
  keys(): Promise<DcsKeys | null>
  lease(id: string): Promise<{readonly leftMs: number; readonly grantedMs: number} | null>
  member(name: string): Promise<DcsMemberAnswer | null>
  version(): Promise<string | null>
}

/** As generous as Patroni's, see patroni-api.ts; reading the lease comes after reading the keys. */
const bounds = {keysMs: 2_500, leaseMs: 1_000, otherMs: 2_500} as const
const open = {withToken: false, boundMs: bounds.otherMs} as const

/**
 * `endpoints`: etcd member -> where it is reached; `password` of etcd's user hl, who may read below /service/; `scope`:
 * Patroni's name of the cluster whose keys are read.
 */
export function etcdApi(endpoints: Readonly<Record<string, HostPort>>, password: string, scope: string): EtcdApi {
  const prefix = `/service/${scope}/`
  // The end of the range of all keys with the prefix: its last character, one up.
  const prefixEnd = `/service/${scope}0`
  const hosts = Object.values(endpoints)
  let token: string | null = null

  const ask = async (
    host: HostPort,
    path: string,
    body: unknown,
    {withToken, boundMs}: {readonly withToken: boolean; readonly boundMs: number},
  ): Promise<Answer> => {
    try {
      const response = await fetch(`http://${host.host}:${host.port}${path}`, {
        signal: AbortSignal.timeout(boundMs),
        ...(body === undefined ? {} : {method: 'POST', body: JSON.stringify(body)}),
        ...(withToken && token !== null ? {headers: {authorization: token}} : {}),
      })
      return {status: response.status, text: await response.text()}
    } catch {
      return null
    }
  }
  /**
   * A token is made by consensus and good on every member; a restarted member forgets it. False when nobody gave one.
   */
  const logIn = async (): Promise<boolean> => {
    const answers = await Promise.all(
      hosts.map(async host => await ask(host, '/v3/auth/authenticate', {name: 'hl', password}, open)),
    )
    const fresh = accepted(answers, parseToken).find(candidate => candidate !== null)
    token = fresh ?? token
    return fresh !== undefined
  }
  /**
   * Asks all members at once; logs in where there is no token yet, and again when members answer and none of them knows
   * it.
   */
  const askAll = async <T>(
    path: string,
    body: unknown,
    boundMs: number,
    parse: (text: string) => T,
  ): Promise<readonly T[]> => {
    if (token === null && !(await logIn())) return []
    const read = async () =>
      await Promise.all(hosts.map(async host => await ask(host, path, body, {withToken: true, boundMs})))
    const first = await read()
    const forgotten = first.some(answer => answer !== null) && first.every(answer => answer?.status !== 200)
    return accepted(forgotten && (await logIn()) ? await read() : first, parse)
  }

  return {
    async keys() {
      const body = {key: encode(prefix), range_end: encode(prefixEnd), serializable: true}
      const ranges = await askAll('/v3/kv/range', body, bounds.keysMs, parseRange)
      const newest = [...ranges].sort((a, b) => b.revision - a.revision)[0]
      return newest === undefined ? null : readDcsKeys(newest, prefix)
    },
    async lease(id) {
      const answers = await askAll('/v3/lease/timetolive', {ID: id}, bounds.leaseMs, parseLease)
      return answers.find(answer => answer !== null) ?? null
    },
    async member(name) {
      const host = endpoints[name]
      if (host === undefined) return null
      const [health, status] = await Promise.all([
        ask(host, '/health', undefined, open),
        ask(host, '/v3/maintenance/status', {}, open),
      ])
      const said = accepted([status], parseMemberStatus)[0]
      if (health === null && said === undefined) return null
      return {healthy: accepted([health], parseHealth)[0] ?? false, leads: said?.leads ?? false, term: said?.term ?? 0}
    },
    async version() {
      const answers = await Promise.all(hosts.map(async host => await ask(host, '/version', undefined, open)))
      return accepted(answers, parseEtcdVersion).find(version => version !== null) ?? null
    },
  }
}

type Answer = {readonly status: number; readonly text: string} | null

/** The answers that were a yes and could be read. */
function accepted<T>(answers: readonly Answer[], parse: (text: string) => T): readonly T[] {
  return answers.flatMap(answer => {
    if (answer?.status !== 200) return []
    try {
      return [parse(answer.text)]
    } catch {
      return []
    }
  })
}

const encode = (text: string): string => Buffer.from(text).toString('base64')
