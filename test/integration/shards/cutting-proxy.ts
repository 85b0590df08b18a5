// A proxy before a server that cuts the connection on which a text is sent, after the server has read it: the statement
// is carried out, and its answer is lost. For tests only.
import {connect, createServer, type AddressInfo, type Socket} from 'node:net'
import {onTestFinished} from 'vitest'

export interface CuttingProxy {
  /** `host:port` */
  readonly address: string
  /** The next time that this text passes, its answer is lost; how often that has happened is counted. */
  cutAnswerOf(text: string): void
  readonly cuts: number
}

export async function cuttingProxy(host: string, port: number): Promise<CuttingProxy> {
  let cutText: string | null = null
  let cuts = 0
  const sockets = new Set<Socket>()
  const server = createServer(client => {
    const upstream = connect(port, host)
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        sockets.delete(socket)
        client.destroy()
        upstream.destroy()
      })
    }
    let isCut = false
    client.on('data', chunk => {
      if (cutText !== null && chunk.includes(cutText)) {
        cutText = null
        isCut = true
      }
      upstream.write(chunk)
    })
    upstream.on('data', chunk => {
      if (!isCut) {
        client.write(chunk)
        return
      }
      cuts++
      client.destroy()
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    cutAnswerOf: text => (cutText = text),
    get cuts() {
      return cuts
    },
  }
}
