// A PostgreSQL over TCP that tells of itself what the test wants, for whoever asks its role by SQL. Invariants: it
// speaks version 3 of the protocol, one answer per question; in_hot_standby is reported as PostgreSQL 14 does, before
// ReadyForQuery and not when it happens. Not here: tables, transactions.
import {createServer, type AddressInfo, type Server, type Socket} from 'node:net'

export interface FakeState {
  recovering: boolean
  timeline: number
  /** Flushed on a primary, replayed on a standby. */
  position: number
  received: number | null
  paused: boolean
  /** In the server's microseconds; tells servers apart. */
  startedAt: string
}

export class FakePostgres {
  readonly state: FakeState
  /** What a new connection meets: `mute` takes it and says nothing. */
  onConnect: 'welcome' | 'mute' | {readonly code: string; readonly message: string} = 'welcome'
  /**
   * What a question meets. `promotes`: it is answered, and then the server is a primary on the next timeline. `closes`:
   * it is answered, and then the connection ends. `isReadyLater`: only when sayReady() is called.
   */
  onQuestion:
    | 'answers'
    | 'hangs'
    | 'promotes'
    | 'closes'
    | {readonly code: string; readonly message: string; readonly isReadyLater?: boolean} = 'answers'
  /** The rows are replaced by these, as text. */
  row: readonly (string | null)[] | null = null
  readonly startups: string[] = []
  readonly questions: string[] = []
  readonly sockets = new Set<Socket>()
  port: number
  readonly address: string
  readonly #server: Server

  /** Port 0: any that is free. */
  constructor(state: Partial<FakeState> = {}, address = '127.0.0.1', port = 0) {
    this.address = address
    this.port = port
    this.state = {
      recovering: true,
      timeline: 1,
      position: 1_000,
      received: 1_000,
      paused: false,
      startedAt: String(Math.random()).slice(2),
      ...state,
    }
    this.#server = createServer(socket => this.#serve(socket))
  }

  /** Its name among the nodes. */
  get host(): string {
    return `${this.address}:${this.port}`
  }

  /** Again on the same port after stop(). */
  async listen(): Promise<this> {
    await new Promise<void>((resolve, reject) =>
      this.#server.once('error', reject).listen(this.port, this.address, resolve),
    )
    const address: AddressInfo | string | null = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('the server does not listen')
    this.port = address.port
    return this
  }

  /** Connections are refused from now on, and those that exist are cut. */
  async stop(): Promise<void> {
    this.cut()
    await new Promise(resolve => this.#server.close(resolve))
  }

  /** Cuts all connections without a word. */
  cut(): void {
    for (const socket of this.sockets) socket.destroy()
  }

  /** Ends all connections as pg_terminate_backend() does. */
  terminate(): void {
    for (const socket of this.sockets)
      socket.end(errorMessage('57P01', 'terminating connection due to administrator command'))
  }

  /** On all connections. */
  sayReady(status: 'I' | 'T' | 'E'): void {
    for (const socket of this.sockets) socket.write(message('Z', status))
  }

  #serve(socket: Socket): void {
    this.sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => this.sockets.delete(socket))
    const session = {isStarted: false, reported: this.state.recovering}
    let buffered = Buffer.alloc(0)
    socket.on('data', chunk => {
      buffered = Buffer.concat([buffered, chunk])
      for (;;) {
        const head = session.isStarted ? 1 : 0
        if (buffered.length < head + 4) return
        const length = head + buffered.readInt32BE(head)
        if (buffered.length < length) return
        const type = buffered.toString('latin1', 0, head)
        const body = buffered.toString('utf8', head + 4, length)
        buffered = buffered.subarray(length)
        if (!session.isStarted) this.#welcome(socket, body, session)
        else if (type === 'Q') this.#answer(socket, body.replace(/\0$/, ''), session)
      }
    })
  }

  #welcome(socket: Socket, startup: string, session: {isStarted: boolean; reported: boolean}): void {
    session.isStarted = true
    session.reported = this.state.recovering
    this.startups.push(startup)
    if (this.onConnect === 'mute') return
    if (this.onConnect !== 'welcome') socket.end(errorMessage(this.onConnect.code, this.onConnect.message))
    else
      socket.write(
        Buffer.concat([
          message('R', int32(0)),
          roleMessage(session.reported),
          message('K', int32(1), int32(1)),
          message('Z', 'I'),
        ]),
      )
  }

  #answer(socket: Socket, text: string, session: {reported: boolean}): void {
    this.questions.push(text)
    const {onQuestion} = this
    if (onQuestion === 'hangs') return
    if (typeof onQuestion === 'object') {
      const error = errorMessage(onQuestion.code, onQuestion.message, 'ERROR')
      socket.write(onQuestion.isReadyLater === true ? error : Buffer.concat([error, message('Z', 'I')]))
      return
    }
    const rows = rowMessages(this.row ?? this.#row())
    if (onQuestion === 'promotes') {
      this.onQuestion = 'answers'
      Object.assign(this.state, {recovering: false, timeline: this.state.timeline + 1})
    }
    const role = session.reported === this.state.recovering ? [] : [roleMessage(this.state.recovering)]
    session.reported = this.state.recovering
    socket.write(Buffer.concat([...rows, message('C', 'SELECT 1\0'), ...role, message('Z', 'I')]))
    if (onQuestion === 'closes') socket.end()
  }

  #row(): readonly (string | null)[] {
    const {recovering, timeline, position, received, paused, startedAt} = this.state
    if (recovering)
      return [
        't',
        null,
        String(timeline),
        String(position),
        received === null ? null : String(received),
        paused ? 't' : 'f',
        startedAt,
      ]
    return [
      'f',
      `${timeline.toString(16).toUpperCase().padStart(8, '0')}0000000000000001`,
      null,
      String(position),
      null,
      null,
      startedAt,
    ]
  }
}

function message(type: string, ...parts: readonly (string | Buffer)[]): Buffer {
  const body = Buffer.concat(parts.map(part => (typeof part === 'string' ? Buffer.from(part) : part)))
  return Buffer.concat([Buffer.from(type), int32(body.length + 4), body])
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeInt16BE(value)
  return bytes
}

function errorMessage(code: string, text: string, severity = 'FATAL'): Buffer {
  return message('E', `S${severity}\0V${severity}\0C${code}\0M${text}\0\0`)
}

function roleMessage(recovering: boolean): Buffer {
  return message('S', `in_hot_standby\0${recovering ? 'on' : 'off'}\0`)
}

/** All columns are said to be text. */
function rowMessages(row: readonly (string | null)[]): readonly Buffer[] {
  const columns = row.map(() =>
    Buffer.concat([Buffer.from('?column?\0'), int32(0), int16(0), int32(25), int16(-1), int32(-1), int16(0)]),
  )
  const values = row.map(value =>
    value === null ? int32(-1) : Buffer.concat([int32(Buffer.byteLength(value)), Buffer.from(value)]),
  )
  return [message('T', int16(row.length), ...columns), message('D', int16(row.length), ...values)]
}
