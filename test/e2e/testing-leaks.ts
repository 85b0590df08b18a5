// What a cluster of a test may leave behind, by kind: containers, networks, volumes, ports that answer, connections of
// this process. For tests only. Not here: other labs.
import {connect} from 'node:net'
import {docker} from './use-lab.ts'

export interface Leakable {
  readonly lab: string
  /** Of this machine's loopback, that the lab had. */
  readonly ports: readonly number[]
  /** As many were open before. */
  readonly sockets: number
}

/** TCP sockets that this process holds open. */
export const openSockets = (): number =>
  process.getActiveResourcesInfo().filter(name => name === 'TCPSocketWrap' || name === 'TCPSOCKETWRAP').length

/** `<kind> <what>`; empty: nothing is left. */
export async function leaksOf({lab, ports, sockets}: Leakable): Promise<readonly string[]> {
  const filter = ['--filter', `label=hl.lab=${lab}`]
  const listings = await Promise.all([
    docker('ps', '-a', ...filter, '--format', 'container {{.Names}}'),
    docker('network', 'ls', ...filter, '--format', 'network {{.Name}}'),
    docker('volume', 'ls', ...filter, '--format', 'volume {{.Name}}'),
  ])
  const objects = listings.flatMap(text => text.split('\n').filter(line => line !== ''))
  const open = openSockets()
  const answering = await Promise.all(ports.map(async port => ((await answers(port)) ? [`port ${port}`] : [])))
  return [...objects, ...answering.flat(), ...(open > sockets ? [`connection ${open - sockets}`] : [])]
}

async function answers(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
