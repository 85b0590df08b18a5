// Does anybody answer at a TCP address? Invariant: bounded, the socket never outlives the call, never throws. Not here:
// PostgreSQL sessions.
import {connect, createServer} from 'node:net'
import type {HostPort} from '../../model/ports.ts'

/** Is a TCP connection accepted? A published port accepts for a paused container too: see postgresAnswers. */
export async function accepts(endpoint: HostPort, withinMs: number): Promise<boolean> {
  return await new Promise(resolve => {
    const socket = connect(endpoint)
    const finish = (answer: boolean): void => {
      socket.destroy()
      resolve(answer)
    }
    socket
      .setTimeout(withinMs, () => finish(false))
      .once('connect', () => finish(true))
      .once('error', () => finish(false))
  })
}

/**
 * The SSLRequest message: length 8, code 80877103. PostgreSQL answers one byte, S or N, without a password. Source:
 * protocol documentation.
 */
const sslRequest = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47])

/** Does PostgreSQL itself answer (not only the kernel or Docker's proxy)? */
export async function postgresAnswers(endpoint: HostPort, withinMs: number): Promise<boolean> {
  return await new Promise(resolve => {
    const socket = connect(endpoint)
    const finish = (answer: boolean): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve(answer)
    }
    const timer = setTimeout(() => finish(false), withinMs)
    socket
      .once('connect', () => socket.write(sslRequest))
      .once('data', (data: Buffer) => finish(data[0] === 0x53 || data[0] === 0x4e))
      .once('error', () => finish(false))
      .once('close', () => finish(false))
  })
}

/** Can this machine listen on the loopback port now? */
export async function isPortFree(port: number): Promise<boolean> {
  return await new Promise(resolve => {
    const server = createServer()
    server
      .once('error', () => resolve(false))
      .listen({port, host: '127.0.0.1', exclusive: true}, () => server.close(() => resolve(true)))
  })
}
