// The exporter's HTTP: GET /metrics, and nothing else. Invariant: it listens, or says why it cannot, before it is said
// to be there; when it has returned, it listens no more. Not here: what is published (collect/).
import {createServer, type Server, type ServerResponse} from 'node:http'
import type {AddressInfo} from 'node:net'
import {HlError} from '../model/errors.ts'
import type {HostPort} from '../model/ports.ts'
import {messageOf} from '../waiting/await-until.ts'
import {contentType, exposition} from './exposition.ts'
import type {Sample} from './metrics/sample.ts'

export interface ServeOptions extends HostPort {
  readonly collect: () => Promise<readonly Sample[]>
  readonly signal: AbortSignal
  /** Once it listens; `port` is the one that was found where 0 was asked for. */
  readonly onListening: (at: HostPort) => void
}

/** Until the signal; how many scrapes were answered. Errors: PORT_IN_USE, USAGE for a host that is not this one. */
export async function serveMetrics({host, port, collect, signal, onListening}: ServeOptions): Promise<number> {
  let scrapes = 0
  const server = createServer((request, response) => {
    const path = (request.url ?? '').split('?')[0]
    if (request.method !== 'GET' || path !== '/metrics') {
      answer(response, 404, 'GET /metrics\n')
      return
    }
    void collect()
      .then(exposition)
      .then(
        text => {
          scrapes += 1
          answer(response, 200, text, contentType)
        },
        (error: unknown) => answer(response, 500, `the scrape failed: ${messageOf(error)}\n`),
      )
  })
  await listen(server, {host, port})
  try {
    onListening({host, port: (server.address() as AddressInfo).port})
    await aborted(signal)
  } finally {
    const closed = new Promise(resolve => server.close(resolve))
    server.closeAllConnections()
    await closed
  }
  return scrapes
}

function answer(response: ServerResponse, status: number, text: string, type = 'text/plain; charset=utf-8'): void {
  response.writeHead(status, {'content-type': type}).end(text)
}

async function listen(server: Server, {host, port}: HostPort): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen({host, port}, resolve)
    })
  } catch (error) {
    throw refused(error, {host, port})
  }
}

/** PURE. */
export function refused(error: unknown, {host, port}: HostPort): Error {
  const code = error instanceof Error && 'code' in error ? error.code : ''
  if (code === 'EADDRINUSE')
    return new HlError('PORT_IN_USE', `port ${port} of ${host} is in use`, {
      next: ['give another --port; 0 takes one that is free'],
    })
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return new HlError('USAGE', `${host} is no address of this machine`, {
      next: ['give --host 127.0.0.1, or 0.0.0.0 for all addresses'],
    })
  if (code === 'EACCES')
    return new HlError('USAGE', `port ${port} may not be opened by this user`, {next: ['give a --port above 1023']})
  return error instanceof Error ? error : new Error(String(error))
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  await new Promise<void>(resolve => signal.addEventListener('abort', () => resolve(), {once: true}))
}
