// One physical connection to one node: who it leads to, what it has seen, and how it ends. It lives as long as the
// socket, across many requests.
// Invariant: only a connection that is idle and whole goes back to its pool; every other one is destroyed. Not here:
// where it comes from (node-pools.ts).
import type {PoolClient, QueryResult} from 'pg'
import {GivenUp} from '../failures/classify-error.ts'
import type {ServerLife} from '../failures/decide-settlement.ts'
import type {Sharing} from './choose-shared.ts'
import type {Home} from './home.ts'
import {OnePacket} from './one-packet.ts'
import {plainQuery} from './plain-query.ts'
import {renews} from './renew-statement.ts'
import type {Statement} from './statement.ts'
import {lifeText, parseLife} from './server-facts.ts'
import type {Notice} from './sync-wait.ts'
import {whenReady} from './when-ready.ts'

/** A row by the names of its columns. */
export type Row = Record<string, unknown>
/** pg's result. */
export type StatementResult = QueryResult<Row>

const noNotices: readonly Notice[] = []

/** What pg has and its types do not say: with `pipeline` statements do not wait for the answers before them. */
type Pipelined = PoolClient & {pipeline: boolean}

/** pg calls with undefined or null instead of an error. */
type Answered = (error: Error | null | undefined, result: StatementResult) => void

export class Connection {
  readonly node: string
  readonly client: PoolClient
  readonly #home: Home<Connection>
  readonly #turn: OnePacket
  /** How often it was taken since pg-pool gave it. */
  uses = 0
  /** In the idle cache: the number of sweeps of its pool when that began. */
  idleSince = 0
  /** Monotonic ms of its last answer, or of the statement that found it free. */
  progressMs = 0
  /** Others are under way, so what is sent in this turn may find company. */
  gathers = false
  #users = 0
  #sharing: Sharing = 'never'
  #notices: Notice[] = []
  #broken = false
  /** What ended it, where that was told while nothing was under way. */
  lostBy: Error | undefined
  /** It was destroyed for what a caller of this side did. */
  ourFault = false
  #retired = false
  #stuck = false
  /** Rejects the statement under way; null when there is none. */
  #giveUp: ((why: Error) => void) | null = null
  /** Its statement was given up and is not answered yet. */
  #abandoned = false
  #whenAnswered: () => void = () => undefined
  /** What must end before it is given back. */
  #held: Promise<void> | null = null
  /** Asked once: a primary that stops being one, or changes its timeline, ends all its connections. */
  #life: ServerLife | null = null

  constructor(node: string, client: PoolClient, home: Home<Connection>) {
    this.node = node
    this.client = client
    this.#home = home
    this.#turn = new OnePacket(client)
    // A checked-out client without a listener would end the process when its server dies.
    client.on('error', this.#noteEnd)
    client.on('end', this.#noteEnd)
    client.on('notice', ({severity, code, message, detail, routine}: Notice) => {
      this.#notices.push({severity, code, message, detail, routine})
    })
  }

  readonly #noteEnd = (error?: Error): void => {
    if (this.#broken) return
    this.#broken = true
    this.lostBy = error
    if (this.#users === 0) this.#home.ended(this, error)
  }

  /** Is a transaction open, as of the last answer? */
  get inTransaction(): boolean {
    return this.client.getTransactionStatus() !== 'I'
  }

  /** As far as this side knows. */
  get alive(): boolean {
    return !this.#broken && !this.client.connection.stream.destroyed
  }

  get broken(): boolean {
    return this.#broken
  }

  /** How many use it now. */
  get users(): number {
    return this.#users
  }

  /** What the most cautious of its users allows. */
  get sharing(): Sharing {
    return this.#sharing
  }

  /** What the server has prepared here under that name. */
  textOfName(name: string): string | undefined {
    const text: unknown = Reflect.get(Reflect.get(this.client.connection, 'parsedStatements') as object, name)
    return typeof text === 'string' ? text : undefined
  }

  /** One more uses it. */
  join(sharing: Sharing): this {
    this.uses++
    this.#users++
    if (this.#users === 1) {
      this.#sharing = sharing
      return this.take()
    }
    if (sharing === 'when-full') this.#sharing = sharing
    ;(this.client as Pipelined).pipeline = true
    return this
  }

  /** A request begins to use it. */
  take(): this {
    this.takeNotices()
    return this
  }

  /**
   * Notices since they were last taken. On a shared connection answers come in order, so those are the ones of the
   * statement that was answered now.
   */
  takeNotices(): readonly Notice[] {
    if (this.#notices.length === 0) return noNotices
    const taken = this.#notices
    this.#notices = []
    return taken
  }

  /**
   * Sends one statement, with what `pg` makes of its result. Rejects with the driver's error, once the server has said
   * what is open then.
   */
  send(statement: string | Statement, values?: unknown[]): Promise<StatementResult> {
    return new Promise((resolve, reject) => {
      this.#giveUp = reject
      let isFirst = true
      let isAnswered = false
      const again = (): void => this.sendTo(statement, values, answered)
      const answered: Answered = (error, result) => {
        // pg calls twice when a value cannot be sent: at once, and when the server has answered what came before it.
        if (isAnswered) return
        if (error != null && isFirst && !this.#abandoned) {
          isFirst = false
          const closed = (mayRepeat: boolean): void =>
            mayRepeat && !this.#abandoned ? again() : answered(error, result)
          if (renews(this, error, statement, closed)) return
        }
        isAnswered = true
        const settle = (): void => {
          this.#giveUp = null
          if (this.#abandoned) this.#answered()
          else if (error == null) resolve(result)
          else reject(error)
        }
        if (error == null || this.#stuck) settle()
        else whenReady(this.client, error, settle)
      }
      again()
    })
  }

  /** The same with a callback. */
  sendTo(statement: string | Statement, values: unknown[] | undefined, callback: Answered): void {
    if (this.gathers && this.#sharing !== 'never') this.#turn.gather()
    try {
      const query = typeof statement === 'string' ? null : plainQuery(statement, values, callback)
      const told = typeof statement === 'string' || statement.rows === undefined ? callback : this.#paged(callback)
      // One call for both forms: pg ignores values that are undefined.
      if (query === null) this.client.query(statement as string, values as unknown[], told)
      else this.client.query(query)
    } catch (error) {
      this.#stuck = true
      callback(error instanceof Error ? error : new Error(String(error)), undefined as never)
    }
  }

  /** pg asks for pages of rows without Sync, also after an error: the server then never says that it is ready. */
  #paged(callback: Answered): Answered {
    return (error, result) => {
      this.#stuck ||= error != null
      callback(error, result)
    }
  }

  /** pg waits for an answer that will not come: nothing else can be sent. */
  get stuck(): boolean {
    return this.#stuck
  }

  /** One statement of the router's own, alone. */
  ask(text: string, values: readonly unknown[] = []): Promise<StatementResult> {
    return this.send({text, values: [...values], queryMode: 'extended'})
  }

  /** Which run of which primary this connection belongs to; null in recovery. Rejects as send() does. */
  async life(): Promise<ServerLife | null> {
    if (this.#life !== null) return this.#life
    const {rows} = await this.ask(lifeText)
    this.#life = parseLife(this.node, rows[0])
    return this.#life
  }

  /** The same, without asking; null when life() was not called on this connection. */
  get knownLife(): ServerLife | null {
    return this.#life
  }

  /** Cuts the connection now; a statement under way is rejected by the driver. A frozen server cannot delay this. */
  destroy(): void {
    this.#broken = true
    this.client.connection.stream.destroy()
  }

  /** The same because of what a caller of this side did: it says nothing of the server, to nobody who shares it. */
  destroyAsOurFault(): void {
    this.ourFault = true
    this.destroy()
  }

  get abandoned(): boolean {
    return this.#abandoned
  }

  /**
   * Gives up the statement under way: it is rejected now, while the server may still be working on it. The connection
   * is kept for that long: to cut it would cost a busy server a new one for every caller who ran out of time.
   */
  abandon(): void {
    const giveUp = this.#giveUp
    if (giveUp === null) {
      this.destroy()
      return
    }
    this.#abandoned = true
    this.holdFor(new Promise<void>(resolve => (this.#whenAnswered = resolve)))
    giveUp(new GivenUp('timeout: the statement was given up'))
  }

  #answered(): void {
    this.#abandoned = false
    this.#whenAnswered()
  }

  /** Its state was changed (SET, LISTEN, a temporary table …), which no next user must inherit: release() closes it. */
  retire(): void {
    this.#retired = true
  }

  /** It is not given back before this has ended, which never rejects; a server that does not answer is cut off. */
  holdFor(work: Promise<unknown>): void {
    const held = work.then(() => {
      if (this.#held === held) this.#held = null
    })
    this.#held = held
  }

  /**
   * Gives the connection back, or destroys it: when it is broken, in a transaction, or when its owner says why it must
   * not be used again. Once per checkout.
   */
  release(reason?: Error | boolean): void {
    if (this.#held !== null && !this.#broken) {
      const timer = setTimeout(() => this.destroy(), heldMostMs)
      void this.#held.then(() => clearTimeout(timer)).then(() => this.release(reason))
      return
    }
    if (--this.#users > 0) {
      this.#home.userDone(this)
      return
    }
    // A cursor that was left open, a COPY that goes on: the next statement would get its answers.
    if (this.#stuck || Reflect.get(this.client, '_activeQuery') != null) this.#retired = true
    ;(this.client as Pipelined).pipeline = false
    if (this.#broken || this.inTransaction) this.destroy()
    this.#home.giveBack(this, this.#broken || this.#retired ? true : reason)
  }
}

/** What must end before a connection is given back has this long, before the connection is cut after all. */
const heldMostMs = 2_000
