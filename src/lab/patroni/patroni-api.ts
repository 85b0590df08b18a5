// Patroni's REST API, one node at a time. Reads need no password, writes use basic authentication. Invariant: every
// call is bounded in time; a node that does not answer is null for reads and HlError for writes. Not here: what answers
// mean together (cluster-state.ts).
import {hint} from '../../model/command-hint.ts'
import {HlError} from '../../model/errors.ts'
import type {HostPort} from '../../model/ports.ts'
import {parseConfig, parseNodeStatus, type NodeStatus} from './parse-patroni.ts'
import type {JsonObject} from '../read-json.ts'

export interface PatroniApi {
  /** null: no answer within `boundMs` (2,500 unless told), or none that makes sense. */
  status(member: string, boundMs?: number): Promise<NodeStatus | null>
  /** The cluster's configuration as this node's last loop saw it. */
  config(member: string): Promise<JsonObject | null>
  /** Merges `patch` into the configuration and wakes this node's loop; a patch that changes nothing only wakes it. */
  patchConfig(member: string, patch: JsonObject): Promise<void>
  /** Asks `member` to hand over; returns Patroni's status and text, 200 when it saw the lease move. */
  switchover(member: string, candidate: string | null): Promise<{readonly status: number; readonly text: string}>
}

/**
 * A command that has just started competes with its own loading and with the docker clients that it started: on two
 * busy cores an answer of 3 ms was heard after 1.1 s.
 */
const readBoundMs = 2_500
const writeBoundMs = 10_000
/** Patroni itself polls for at most 2 * max(10, loop_wait) seconds (api.py poll_failover_result). */
const switchoverBoundMs = 60_000

/** `endpoints`: member -> where its REST API is reached. */
export function patroniApi(endpoints: Readonly<Record<string, HostPort>>, password: string): PatroniApi {
  const url = (member: string, path: string): string => {
    const endpoint = endpoints[member]
    if (endpoint === undefined)
      throw new HlError('NODE_UNKNOWN', `${member} has no Patroni API`, {
        next: [`one of ${Object.keys(endpoints).join(', ')}`],
      })
    return `http://${endpoint.host}:${endpoint.port}${path}`
  }
  const read = async <T>(
    member: string,
    path: string,
    parse: (text: string) => T,
    boundMs = readBoundMs,
  ): Promise<T | null> => {
    try {
      const response = await fetch(url(member, path), {signal: AbortSignal.timeout(boundMs)})
      return parse(await response.text())
    } catch {
      return null
    }
  }
  const write = async (member: string, method: string, path: string, body: JsonObject, boundMs: number) =>
    send(member, url(member, path), {method, path, body, boundMs, password})
  return {
    // Not GET /patroni: that one waits and asks again while PostgreSQL starts, this one says at once how things are.
    // The body is the same.
    status: async (member, boundMs) => await read(member, '/health', parseNodeStatus, boundMs),
    config: async member => await read(member, '/config', parseConfig),
    async patchConfig(member, patch) {
      const answer = await write(member, 'PATCH', '/config', patch, writeBoundMs)
      if (answer.status !== 200) throw refused(member, 'PATCH /config', answer)
    },
    switchover: async (member, candidate) =>
      await write(
        member,
        'POST',
        '/switchover',
        {leader: member, ...(candidate === null ? {} : {candidate})},
        switchoverBoundMs,
      ),
  }
}

/** With basic authentication. PATRONI_REFUSED when there is no answer. */
async function send(
  member: string,
  url: string,
  {
    method,
    path,
    body,
    boundMs,
    password,
  }: {
    readonly method: string
    readonly path: string
    readonly body: JsonObject
    readonly boundMs: number
    readonly password: string
  },
): Promise<{readonly status: number; readonly text: string}> {
  const headers = {
    'authorization': `Basic ${Buffer.from(`hl:${password}`).toString('base64')}`,
    'content-type': 'application/json',
  }
  try {
    const signal = AbortSignal.timeout(boundMs)
    const response = await fetch(url, {method, headers, body: JSON.stringify(body), signal})
    return {status: response.status, text: await response.text()}
  } catch (cause) {
    throw new HlError('PATRONI_REFUSED', `${member}: no answer from Patroni to ${method} ${path}`, {
      next: [hint('status'), hint('logs', {args: [member]})],
      cause,
    })
  }
}

/** The error for an answer that is a refusal. */
export function refused(
  member: string,
  what: string,
  answer: {readonly status: number; readonly text: string},
): HlError {
  return new HlError(
    'PATRONI_REFUSED',
    `${member} refused ${what}: ${answer.status} ${answer.text.trim().slice(0, 300)}`,
    {next: [hint('status'), hint('logs', {args: [member]})]},
  )
}
