// A cluster for the router in one process: three nodes, each a PostgreSQL over TCP and a Patroni over HTTP that say
// what the test wants, and a router with short times. Not here: a real server (test/integration).
import {createServer as createHttpServer, type Server as HttpServer} from 'node:http'
import {createServer, type AddressInfo, type Server, type Socket} from 'node:net'
import {expect, onTestFinished} from 'vitest'
import {RouterError} from '../../src/router/failures/router-error.ts'
import type {RouterOptions} from '../../src/router/options.ts'
import {Router} from '../../src/router/router.ts'
import type {TopologyOptions} from '../../src/router/topology/topology-options.ts'

// ---- a PostgreSQL that says what the test wants

export type Answer =
  | {
      readonly kind: 'ok'
      readonly tag?: string
      readonly row?: Readonly<Record<string, string>>
      readonly noticeRoutine?: string
    }
  | {
      readonly kind: 'error'
      readonly code: string
      /** In the language of the server's messages. */
      readonly severity?: 'ERROR' | 'FATAL' | 'ОШИБКА' | 'ВАЖНО'
      readonly message?: string
      /** The server's C function. */
      readonly routine?: string
    }
  | {readonly kind: 'silence'}
  | {readonly kind: 'close'}

export const ok: Answer = {kind: 'ok'}

function message(type: string, ...parts: readonly (string | Buffer)[]): Buffer {
  const body = Buffer.concat(parts.map(part => (typeof part === 'string' ? Buffer.from(part) : part)))
  const head = Buffer.alloc(5)
  head.write(type)
  head.writeInt32BE(body.length + 4, 1)
  return Buffer.concat([head, body])
}

function int(bytes: 2 | 4, value: number): Buffer {
  const buffer = Buffer.alloc(bytes)
  buffer.writeIntBE(value, 0, bytes)
  return buffer
}

function report(type: 'E' | 'N', severity: string, code: string, text: string, routine: string): Buffer {
  return message(type, `S${severity}\0V${severity}\0C${code}\0M${text}\0R${routine}\0\0`)
}

function rowMessages(row: Readonly<Record<string, string>>): readonly Buffer[] {
  const fields = Object.entries(row)
  const typeOf = (name: string): number => (name === 'recovering' ? 16 : name === 'position' ? 701 : 25)
  const described = fields.map(([name]) =>
    Buffer.concat([
      Buffer.from(`${name}\0`),
      int(4, 0),
      int(2, 0),
      int(4, typeOf(name)),
      int(2, -1),
      int(4, -1),
      int(2, 0),
    ]),
  )
  const values = fields.map(([, value]) => Buffer.concat([int(4, Buffer.byteLength(value)), Buffer.from(value)]))
  return [message('T', int(2, fields.length), ...described), message('D', int(2, fields.length), ...values)]
}

class FakePostgres {
  readonly name: string
  /** Every statement received, on whichever connection, in order. */
  readonly received: string[] = []
  readonly startups: string[] = []
  readonly sockets = new Set<Socket>()
  /** What a new connection meets. */
  onConnect: 'welcome' | 'mute' | Answer = 'welcome'
  answer: (text: string) => Answer = () => ok
  /** A prepared statement was closed. */
  onClose: () => void = () => undefined
  /** When a standby is asked how far it has replayed. */
  onReplayAsked: Answer = {kind: 'ok', row: {position: '1000'}}
  /** How often the router asked which run of which primary this is; answered apart, and not in `received`. */
  livesAsked = 0
  startedAt = '1'
  readonly #server: Server
  readonly #timeline: () => number | null
  port = 0

  /** `timeline` is null in recovery. */
  constructor(name: string, timeline: () => number | null) {
    this.name = name
    this.#timeline = timeline
    this.#server = createServer(socket => this.#serve(socket))
  }

  async listen(): Promise<void> {
    await new Promise<void>(resolve => this.#server.listen(this.port, '127.0.0.1', resolve))
    this.port = portOf(this.#server)
  }

  /** Connections are refused from now on, and those that exist are cut. */
  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy()
    await new Promise(resolve => this.#server.close(resolve))
  }

  /** How often a text came, over all connections. */
  count(text: string): number {
    return this.received.filter(received => received === text).length
  }

  #serve(socket: Socket): void {
    this.sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => this.sockets.delete(socket))
    let buffered = Buffer.alloc(0)
    let started = false
    let statement: string | null = ''
    const session = {status: 'I'}
    socket.on('data', chunk => {
      buffered = Buffer.concat([buffered, chunk])
      for (;;) {
        const head = started ? 1 : 0
        if (buffered.length < head + 4) return
        const length = head + buffered.readInt32BE(head)
        if (buffered.length < length) return
        const type = started ? buffered.toString('latin1', 0, 1) : 'startup'
        const body = buffered.subarray(head + 4, length)
        buffered = buffered.subarray(length)
        started = true
        if (type === 'startup') this.#welcome(socket, body.toString('latin1'))
        else if (type === 'P') statement = body.toString('utf8').split('\0')[1] ?? ''
        else if (type === 'Q') this.#run(socket, body.toString('utf8').split('\0')[0] ?? '', session)
        else if (type === 'C') {
          statement = null
          this.onClose()
        } else if (type === 'S') {
          if (statement === null) socket.write(Buffer.concat([message('3'), message('Z', session.status)]))
          else this.#run(socket, statement, session)
        }
      }
    })
  }

  #welcome(socket: Socket, startup: string): void {
    this.startups.push(startup)
    if (this.onConnect === 'mute') return
    if (this.onConnect === 'welcome')
      socket.write(Buffer.concat([message('R', int(4, 0)), message('K', int(4, 1), int(4, 1)), message('Z', 'I')]))
    else this.#reply(socket, '', this.onConnect, {status: 'I'})
  }

  #run(socket: Socket, text: string, session: {status: string}): void {
    if (text.includes('pg_last_wal_replay_lsn')) {
      this.#reply(socket, text, this.onReplayAsked, session)
      return
    }
    // What the router asks because of a write without an answer: no backend is left of it, and a position.
    if (text.includes('pg_stat_activity') || text.includes('AS position')) {
      const timeline = (this.#timeline() ?? 0).toString(16).toUpperCase().padStart(8, '0')
      this.#reply(
        socket,
        text,
        text.includes('AS position') ? {kind: 'ok', row: {position: '1000', timeline}} : ok,
        session,
      )
      return
    }
    // What the router asks a connection that may have outlived an error.
    if (text === '') {
      this.#reply(socket, text, ok, session)
      return
    }
    if (text.includes('pg_walfile_name')) {
      this.livesAsked++
      const timeline = this.#timeline()
      const life: Answer =
        timeline === null
          ? ok
          : {
              kind: 'ok',
              row: {timeline: timeline.toString(16).toUpperCase().padStart(8, '0'), started_at: this.startedAt},
            }
      this.#reply(socket, text, life, session)
      return
    }
    this.received.push(text)
    this.#reply(socket, text, this.answer(text), session)
  }

  #reply(socket: Socket, text: string, answer: Answer, session: {status: string}): void {
    if (answer.kind === 'silence') return
    if (answer.kind === 'close') {
      socket.destroy()
      return
    }
    if (answer.kind === 'error') {
      if (session.status === 'T') session.status = 'E'
      socket.write(
        report('E', answer.severity ?? 'ERROR', answer.code, answer.message ?? 'refused', answer.routine ?? 'exec'),
      )
      if (answer.severity === 'FATAL' || answer.severity === 'ВАЖНО') socket.end()
      else socket.write(message('Z', session.status))
      return
    }
    const failed = session.status === 'E'
    if (text.startsWith('BEGIN')) session.status = 'T'
    if (/\b(COMMIT|ROLLBACK)$/.test(text)) session.status = 'I'
    const tag =
      answer.tag ??
      (failed && text === 'COMMIT' ? 'ROLLBACK' : (/^(BEGIN|COMMIT|ROLLBACK)\b/.exec(text)?.[0] ?? 'INSERT 0 1'))
    const notice =
      answer.noticeRoutine === undefined
        ? []
        : [report('N', 'WARNING', '01000', 'canceling wait', answer.noticeRoutine)]
    const data = answer.row === undefined ? [message('n')] : rowMessages(answer.row)
    socket.write(
      Buffer.concat([
        ...notice,
        message('1'),
        message('2'),
        ...data,
        message('C', `${tag}\0`),
        message('Z', session.status),
      ]),
    )
  }
}

function portOf(server: Server | HttpServer): number {
  const address: AddressInfo | string | null = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server does not listen')
  return address.port
}

// ---- a Patroni per node

export class FakeNode {
  readonly name: string
  readonly postgres: FakePostgres
  role: 'primary' | 'replica' = 'replica'
  state = 'running'
  timeline = 1
  position = 1_000
  /** PostgreSQL is in recovery although Patroni still calls it primary. */
  recoversUnseen = false
  /** What its GET /cluster says; the leader may be an old one. */
  leader: string | null = null
  /** hangs: the question is taken and never answered. */
  patroni: 'answers' | 'hangs' | 'cuts' = 'answers'
  asked = 0
  readonly #http: HttpServer
  readonly #cluster: () => readonly FakeNode[]

  constructor(name: string, cluster: () => readonly FakeNode[]) {
    this.name = name
    this.postgres = new FakePostgres(name, () =>
      this.role === 'primary' && !this.recoversUnseen ? this.timeline : null,
    )
    this.#cluster = cluster
    this.#http = createHttpServer((request, response) => {
      this.asked++
      if (this.patroni === 'cuts') request.socket.destroy()
      if (this.patroni !== 'answers') return
      response.end(JSON.stringify(request.url === '/patroni' ? this.#status() : this.#view()))
    })
  }

  get url(): string {
    return `http://127.0.0.1:${portOf(this.#http)}/`
  }

  async start(): Promise<void> {
    await this.postgres.listen()
    await new Promise<void>(resolve => this.#http.listen(0, '127.0.0.1', resolve))
  }

  async stop(): Promise<void> {
    this.#http.closeAllConnections()
    await Promise.all([this.postgres.stop(), new Promise(resolve => this.#http.close(resolve))])
  }

  #status(): unknown {
    const xlog =
      this.role === 'primary'
        ? {location: this.position}
        : {received_location: this.position, replayed_location: this.position, replayed_timestamp: null, paused: false}
    return {
      state: this.state,
      role: this.role,
      timeline: this.timeline,
      xlog,
      patroni: {name: this.name, version: '4.0.4', scope: 'fake'},
    }
  }

  #view(): unknown {
    const members = this.#cluster().map(({name, postgres}) => ({
      name,
      role: name === this.leader ? 'leader' : 'replica',
      state: 'running',
      host: 'container',
      port: postgres.port,
      timeline: 1,
    }))
    return {members}
  }
}

export interface Lab {
  readonly pg1: FakeNode
  readonly pg2: FakeNode
  readonly pg3: FakeNode
  readonly router: Router
  readonly events: string[]
}

/** Three nodes, pg1 the primary, and a router with short times. */
export async function lab(
  prepare: (nodes: Omit<Lab, 'router' | 'events'>) => void = () => undefined,
  options: Partial<RouterOptions> = {},
  times: Partial<Pick<TopologyOptions, 'pollMs' | 'fastPollMs' | 'timeoutMs' | 'evidenceTtlMs'>> = {},
): Promise<Lab> {
  const all: FakeNode[] = []
  const [pg1, pg2, pg3] = [
    new FakeNode('pg1', () => all),
    new FakeNode('pg2', () => all),
    new FakeNode('pg3', () => all),
  ]
  all.push(pg1, pg2, pg3)
  await Promise.all(all.map(node => node.start()))
  onTestFinished(async () => {
    await Promise.all(all.map(node => node.stop()))
  })
  promote(pg1, 1, all)
  prepare({pg1, pg2, pg3})
  const router = new Router({
    topology: {
      patroni: all.map(({url}) => url),
      pollMs: 20,
      fastPollMs: 10,
      timeoutMs: 1_500,
      evidenceTtlMs: 3_000,
      ...times,
    },
    natMap: (_node, _host, port) => ({host: '127.0.0.1', port}),
    user: 'app',
    password: 'secret',
    database: 'app',
    application_name: 'test',
    connectTimeoutMs: 2_000,
    deadlineMs: 5_000,
    endTimeoutMs: 150,
    ...options,
  })
  onTestFinished(() => (router.ending ? undefined : router.end()))
  const events: string[] = []
  const note = (event: string): void => void events.push(event)
  router.events.on('primary', ({node, timeline, previous}) =>
    note(`primary ${node}@${timeline} after ${previous ?? 'nobody'}`),
  )
  router.events.on('primary-lost', ({node}) => note(`primary-lost ${node}`))
  router.events.on('primary-refused', ({node, why}) => note(`primary-refused ${node} ${why}`))
  router.events.on('node-closed', ({node, why}) => note(`node-closed ${node} ${why}`))
  router.events.on('probe-failed', ({url, error}) => note(`probe-failed ${new URL(url).pathname} ${error}`))
  router.events.on('probe-recovered', ({url}) => note(`probe-recovered ${new URL(url).pathname}`))
  router.events.on('attempt-failed', ({node, outcome, errorCode, willRetry}) =>
    note(`attempt-failed ${node} ${outcome} ${errorCode ?? 'no code'} ${willRetry ? 'retry' : 'give up'}`),
  )
  return {pg1, pg2, pg3, router, events}
}

export function promote(node: FakeNode, timeline: number, all: readonly FakeNode[]): void {
  node.role = 'primary'
  node.timeline = timeline
  for (const each of all) each.leader = node.name
}

export async function caught(work: Promise<unknown>): Promise<RouterError> {
  const error: unknown = await work.then(
    () => null,
    (reason: unknown) => reason,
  )
  if (error instanceof RouterError) return error
  throw new Error(`expected a RouterError, got ${String(error)}`)
}

/** Looks often and gives up late: the machine may be busy. */
export function eventually<T>(look: () => T): ReturnType<typeof expect.poll<T>> {
  return expect.poll(look, {timeout: 5_000, interval: 10})
}
