import {once} from 'node:events'
import {setImmediate as turn} from 'node:timers/promises'
import pg, {type PoolClient} from 'pg'
import {describe, expect, it, onTestFinished} from 'vitest'
import {FakePostgres} from '../../../test/fakes/fake-postgres.ts'
import {Connection} from './connection.ts'

const nobody = {giveBack: () => undefined, userDone: () => undefined, ended: () => undefined}

async function connected(): Promise<{readonly server: FakePostgres; readonly connection: Connection}> {
  const server = await new FakePostgres().listen()
  const client = new pg.Client({host: server.address, port: server.port, user: 'app', database: 'shop'})
  client.on('error', () => undefined)
  await client.connect()
  onTestFinished(async () => {
    client.connection.stream.destroy()
    await server.stop()
  })
  server.onQuestion = {code: '22012', message: 'division by zero', isReadyLater: true}
  return {server, connection: new Connection('n1', client as unknown as PoolClient, nobody)}
}

/** What became of a statement whose error has come, and whose ReadyForQuery has not. */
async function refused(connection: Connection): Promise<{readonly told: () => unknown}> {
  let told: unknown = 'nothing yet'
  connection.send('SELECT 1; COMMIT; SELECT 1/0').catch((error: unknown) => (told = error))
  await once(connection.client.connection as unknown as NodeJS.EventEmitter, 'errorMessage')
  await turn()
  return {told: () => told}
}

describe('an error whose ReadyForQuery comes later', () => {
  it.each([
    ['I', false],
    ['E', true],
  ] as const)('is told when the server has said %s', async (status, isOpen) => {
    const {server, connection} = await connected()
    const {told} = await refused(connection)
    expect(told()).toBe('nothing yet')
    server.sayReady(status)
    await expect.poll(told).toMatchObject({code: '22012'})
    expect(connection.inTransaction).toBe(isOpen)
  })

  it('is told when the connection is gone', async () => {
    const {server, connection} = await connected()
    const {told} = await refused(connection)
    server.cut()
    await expect.poll(told).toMatchObject({code: '22012'})
    expect(connection.alive).toBe(false)
  })
})
