// One request to the Docker engine over its socket. Invariant: every request has a deadline. Not here: what is asked
// (engine-call.ts), in which order (over-socket.ts).
import {request} from 'node:http'

export interface EngineAnswer {
  readonly status: number
  readonly body: Buffer
}

/** The engine cannot be reached at all, so nothing was asked. */
export class NoEngine extends Error {}

/** `late` is aborted when the time of all requests together is over. */
export interface Engine {
  readonly ask: AskEngine
  readonly late: AbortSignal
}

export type AskEngine = (method: 'GET' | 'POST', path: string, body: unknown) => Promise<EngineAnswer>

/** `ask` rejects with NoEngine, with an Error when the time is over or the engine hangs up. */
export function engineOver(socketPath: string, timeoutMs: number): Engine {
  const late = AbortSignal.timeout(timeoutMs)
  const ask: AskEngine = (method, path, body) =>
    new Promise((resolve, reject) => {
      const text = body === null ? '' : JSON.stringify(body)
      const headers = {'Host': 'docker', 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text)}
      let isConnected = false
      const asked = request({socketPath, method, path, headers, agent: false, signal: late}, answer => {
        const chunks: Buffer[] = []
        answer.on('data', (chunk: Buffer) => chunks.push(chunk))
        answer.on('error', reject)
        answer.on('end', () => resolve({status: answer.statusCode ?? 0, body: Buffer.concat(chunks)}))
      })
      asked.on('socket', socket => socket.once('connect', () => (isConnected = true)))
      asked.on('error', error => reject(isConnected || late.aborted ? error : new NoEngine(error.message)))
      asked.end(text)
    })
  return {ask, late}
}
