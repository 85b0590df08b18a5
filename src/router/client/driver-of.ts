// The driver for libraries that make and pool their own connections (Sequelize, Knex without a pool): pg, whose Client
// is one of the router's.
// Invariant: such a client is a RoutedClient and nothing less; what a library asks of a Client before it has a
// connection is added here. Not here: what it does.
import {EventEmitter} from 'node:events'
import pg from 'pg'
import type {Router} from '../router.ts'

/**
 * `new Sequelize({dialect: 'postgres', dialectModule: driverOf(router)})`. Every Client that the library makes goes
 * through the router; its own pool says how many.
 */
export function driverOf(router: Router): typeof pg {
  const makeClient = (): object =>
    Object.defineProperties(router.client(), {
      connect: {value: connect},
      // Sequelize listens for the server's parameters here before it connects; it asks for what it was not told.
      connection: {value: new EventEmitter()},
    })
  /** A constructor may answer with another object. */
  function Client(): object {
    return makeClient()
  }
  return {...pg, Client: Client as unknown as typeof pg.Client}
}

/** A node is found with the first statement. */
function connect(callback?: (error: Error | null) => void): Promise<void> | undefined {
  if (callback === undefined) return Promise.resolve()
  process.nextTick(callback, null)
  return undefined
}
