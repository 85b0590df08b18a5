// PURE: answers of etcd's v3 JSON gateway, and Patroni's keys in them, typed. Throws JsonError and nothing else.
// The gateway sends int64 as text and keys and values as base64. Not here: asking (etcd-api.ts).
import {asObject, field, isObject, numericOr, parseJson, path, stringOr, type JsonObject} from '../read-json.ts'

export interface KeyValue {
  readonly key: string
  readonly value: string
  /** null when the key is bound to no lease. Text: an int64 does not fit a number. */
  readonly lease: string | null
}

export interface KeyRange {
  /** Of the member's own store; a cut-off member stays behind. */
  readonly revision: number
  readonly keys: readonly KeyValue[]
}

export function parseRange(text: string): KeyRange {
  const body = asObject(parseJson(text, 'etcd range'), 'etcd range')
  const list = body['kvs']
  const keys = (Array.isArray(list) ? list : []).filter(isObject).map(entry => ({
    key: decode(entry['key']),
    value: decode(entry['value']),
    lease: leaseOr(entry['lease']),
  }))
  return {revision: numericOr(path(body, 'header', 'revision'), 0), keys}
}

function decode(value: unknown): string {
  return Buffer.from(stringOr(value, ''), 'base64').toString('utf8')
}

function leaseOr(value: unknown): string | null {
  return typeof value === 'string' && value !== '' && value !== '0' ? value : null
}

/** What Patroni keeps below its scope. */
export interface DcsKeys {
  readonly revision: number
  readonly leaseOwner: string | null
  readonly leaseId: string | null
  readonly syncStandbys: readonly string[]
  readonly maintenance: boolean
  readonly config: JsonObject | null
}

/** Patroni's keys below `prefix` ("/service/hl/"). A value that is not what it should be counts as absent. */
export function readDcsKeys(range: KeyRange, prefix: string): DcsKeys {
  const at = (name: string): KeyValue | undefined => range.keys.find(entry => entry.key === prefix + name)
  const config = jsonOrNull(at('config')?.value)
  const owner = at('leader')?.value ?? ''
  return {
    revision: range.revision,
    leaseOwner: owner === '' ? null : owner,
    leaseId: at('leader')?.lease ?? null,
    syncStandbys: splitNames(field(jsonOrNull(at('sync')?.value), 'sync_standby')),
    maintenance: field(config, 'pause') === true,
    config,
  }
}

function splitNames(value: unknown): readonly string[] {
  return stringOr(value, '')
    .split(',')
    .map(name => name.trim())
    .filter(name => name !== '')
}

function jsonOrNull(text: string | undefined): JsonObject | null {
  if (text === undefined) return null
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : null
  } catch {
    return null
  }
}

/** What is left of a lease and what was granted, in ms; null when it is gone. etcd counts in whole seconds. */
export function parseLease(text: string): {readonly leftMs: number; readonly grantedMs: number} | null {
  const body = asObject(parseJson(text, 'etcd lease'), 'etcd lease')
  const left = numericOr(body['TTL'], null)
  const granted = numericOr(body['grantedTTL'], null)
  return left === null || granted === null || left < 0 ? null : {leftMs: left * 1000, grantedMs: granted * 1000}
}

/** The answer of POST /v3/auth/authenticate. */
export function parseToken(text: string): string | null {
  return stringOr(field(parseJson(text, 'etcd authenticate'), 'token'), null)
}

/** Does this member lead, by its own word, and in which term? The answer of POST /v3/maintenance/status. */
export function parseMemberStatus(text: string): {readonly leads: boolean; readonly term: number} {
  const body = asObject(parseJson(text, 'etcd status'), 'etcd status')
  const leader = stringOr(body['leader'], '')
  return {leads: leader !== '' && leader === path(body, 'header', 'member_id'), term: numericOr(body['raftTerm'], 0)}
}

/** The answer of GET /health. */
export function parseHealth(text: string): boolean {
  return String(field(parseJson(text, 'etcd health'), 'health')) === 'true'
}

/** The answer of GET /version. */
export function parseEtcdVersion(text: string): string | null {
  return stringOr(field(parseJson(text, 'etcd version'), 'etcdserver'), null)
}

/** The answer of POST /v3/maintenance/alarm, each alarm once. */
export function parseAlarms(text: string): readonly string[] {
  const list = field(parseJson(text, 'etcd alarm'), 'alarms')
  const named = (Array.isArray(list) ? list : []).map(alarm => stringOr(field(alarm, 'alarm'), 'unknown'))
  return [...new Set(named)]
}
