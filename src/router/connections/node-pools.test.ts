// Connections for the router's own questions: bounded, whatever the server does. Not here: those of an application
// (src/router/router.test.ts).
import {createServer, type AddressInfo, type Server} from 'node:net'
import {expect, it, onTestFinished} from 'vitest'
import {NodePools} from './node-pools.ts'

/** Welcomes whoever comes, and answers nothing. */
async function silentServer(): Promise<number> {
  const server: Server = createServer(socket => {
    socket.on('error', () => undefined)
    socket.once('data', () =>
      socket.write(Buffer.from([82, 0, 0, 0, 8, 0, 0, 0, 0, 90, 0, 0, 0, 5, 'I'.charCodeAt(0)])),
    )
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

async function asked(mostMs: number): Promise<{readonly pools: NodePools; readonly answer: Promise<unknown>}> {
  const port = await silentServer()
  const nothing = (): void => undefined
  const pools = new NodePools({
    pool: {},
    connectTimeoutMs: 1_000,
    natMap: () => ({host: '127.0.0.1', port}),
    on: {pool: nothing, release: nothing, idleError: nothing, roleReported: nothing},
  })
  const address = {host: 'db', port: 1}
  const target = {node: 'db', timeline: 1, address, position: null, received: null, replayPaused: false, askedMs: 0}
  const {promise: isAsked, resolve} = Promise.withResolvers()
  const answer = pools
    .apart(target, mostMs, client => {
      const told = client.query('SELECT 1')
      resolve(null)
      return told
    })
    .catch((error: unknown) => error)
  await isAsked
  return {pools, answer}
}

it('a question that is not answered ends after its time', async () => {
  expect(await (await asked(100)).answer).toBeInstanceOf(Error)
})

it('a question that is not answered ends with the pools', async () => {
  const {pools, answer} = await asked(3_600_000)
  await pools.end(0)
  expect(await answer).toBeInstanceOf(Error)
})
