// etcd's v3 JSON gateway. Reads are serializable: any member answers from its own store, so they work without a quorum;
// the member with the highest revision is believed. Invariant: read-only, bounded in time, null when nobody answers.
// Not here: tokens (etcd-gateway.ts), what keys mean (parse-etcd.ts).
import type {HostPort} from '../../model/ports.ts'
import {accepted, etcdGateway, type EtcdCredentials} from './etcd-gateway.ts'
import {
  parseAlarms,
  parseEtcdVersion,
  parseHealth,
  parseLease,
  parseMemberStatus,
  parseRange,
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
  /** What etcd alarms of, as it names it (NOSPACE, CORRUPT); null when no member answers. */
  alarms(): Promise<readonly string[] | null>
}

/** As generous as Patroni's, see patroni-api.ts; reading the lease comes after reading the keys. */
const bounds = {keysMs: 2_500, leaseMs: 1_000} as const

/**
 * `endpoints`: etcd member -> where it is reached; `scope`: Patroni's name of the cluster whose keys are read.
 */
export function etcdApi(
  endpoints: Readonly<Record<string, HostPort>>,
  credentials: EtcdCredentials,
  scope: string,
): EtcdApi {
  const prefix = `/service/${scope}/`
  // The end of the range of all keys with the prefix: its last character, one up.
  const prefixEnd = `/service/${scope}0`
  const hosts = Object.values(endpoints)
  const {askOne, askAll} = etcdGateway(hosts, credentials)
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
      const [health, status] = await Promise.all([askOne(host, '/health'), askOne(host, '/v3/maintenance/status', {})])
      const said = accepted([status], parseMemberStatus)[0]
      if (health === null && said === undefined) return null
      return {healthy: accepted([health], parseHealth)[0] ?? false, leads: said?.leads ?? false, term: said?.term ?? 0}
    },
    async version() {
      const answers = await Promise.all(hosts.map(async host => await askOne(host, '/version')))
      return accepted(answers, parseEtcdVersion).find(version => version !== null) ?? null
    },
    async alarms() {
      const ask = async (host: HostPort) => await askOne(host, '/v3/maintenance/alarm', {action: 'GET'})
      return accepted(await Promise.all(hosts.map(ask)), parseAlarms)[0] ?? null
    },
  }
}

const encode = (text: string): string => Buffer.from(text).toString('base64')
