// One GET on a node's Patroni API for the final state: who holds the leader lock, and where each timeline ended. GET
// needs no password.
import type {HostPort} from '../model/ports.ts'

const timeoutMs = 2_000

/** Status and JSON body (null when it is none); null when the node does not answer in time. */
export async function askPatroni(
  {host, port}: HostPort,
  path: string,
): Promise<{readonly status: number; readonly body: unknown} | null> {
  try {
    const response = await fetch(`http://${host}:${port}${path}`, {signal: AbortSignal.timeout(timeoutMs)})
    const body: unknown = await response.json().catch(() => null)
    return {status: response.status, body}
  } catch {
    return null
  }
}
