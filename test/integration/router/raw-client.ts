// A bare pg.Client that remembers all it was told, and the words for what an error is. For tests only. Not here: what
// is to be expected (what-the-client-saw.test.ts).
import pg from 'pg'
import {onTestFinished} from 'vitest'
import {judgeError, type Phase} from '../../../src/router/failures/classify-error.ts'
import type {ServerNode, TestServers} from './servers.ts'

export interface RawClient {
  readonly client: pg.Client
  readonly pid: number
  /** Each as `severity code message`, in order. */
  readonly notices: readonly string[]
  /** Errors told as events, in order; an error of a statement is told there too when the connection broke under it. */
  readonly errors: readonly Error[]
  readonly query: (text: string, values?: readonly unknown[]) => Promise<pg.QueryResult>
}

export type Connecting = (node: ServerNode, config?: pg.ClientConfig) => Promise<RawClient>

/** Clients that end with the test. */
export function connecting(servers: TestServers): Connecting {
  return async (node, config = {}) => {
    const client = new pg.Client({...servers.connection, host: node.host, port: node.port, ...config})
    const notices: string[] = []
    const errors: Error[] = []
    client.on('error', error => void errors.push(error))
    client.on(
      'notice',
      ({severity, code, message}) => void notices.push(`${severity ?? ''} ${code ?? ''} ${message ?? ''}`),
    )
    // A server that stands still would not answer a goodbye.
    onTestFinished(() => {
      client.connection.stream.destroy()
    })
    await client.connect()
    return {
      client,
      notices,
      errors,
      pid: (client as pg.Client & {readonly processID: number}).processID,
      query: async (text, values) => client.query(text, values === undefined ? undefined : [...values]),
    }
  }
}

/** What `pg` gave: the fields a judgement can stand on. */
export interface Seen {
  readonly code: string | undefined
  readonly severity: string | undefined
  readonly syscall: string | undefined
  readonly message: string
  readonly fromServer: boolean
  /** The router's judgement per phase asked for, as `outcome, retry`. */
  readonly judged: readonly string[]
}

/** Waits for the failure and tells it, judged as if it had come in each of `phases`. */
export async function sawIn(phases: readonly Phase[], failing: Promise<unknown>): Promise<Seen> {
  const error = await failing.then(
    (value): never => {
      throw new Error(`expected a failure, got ${JSON.stringify(value)}`)
    },
    (thrown: unknown) => thrown as Error & {readonly [field: string]: unknown},
  )
  const text = (field: string): string | undefined => (typeof error[field] === 'string' ? error[field] : undefined)
  return {
    code: text('code'),
    severity: text('severity'),
    syscall: text('syscall'),
    message: error.message,
    fromServer: error instanceof pg.DatabaseError,
    judged: phases.map(phase => {
      const {outcome, retry} = judgeError(error, phase)
      return `${outcome}, ${retry}`
    }),
  }
}
