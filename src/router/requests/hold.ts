// The connection that a checked-out client keeps between its statements. Invariant: it is given back exactly once. Not here: when it must be kept (client/).
import type {Connection} from '../connections/connection.ts'
import type {Topology} from '../topology/decide-primary.ts'
import type {Pick} from './picker.ts'

export interface HoldListener {
  /** A connection is held from now on. */
  bound(connection: Connection): void
  unbound(connection: Connection): void
}

export class Hold {
  readonly #listener: HoldListener
  #connection: Connection | null = null
  #role: 'primary' | 'standby' = 'primary'

  constructor(listener: HoldListener) {
    this.#listener = listener
  }

  /** It may be broken by now. */
  get connection(): Connection | null {
    return this.#connection
  }

  get role(): 'primary' | 'standby' {
    return this.#role
  }

  /** Once on the primary it stays there while that is the primary: it then sees its own writes, and never goes back in time. */
  stay({primary}: Topology): Pick | null {
    const held = this.#connection
    if (primary === null || held === null || held.broken || this.#role !== 'primary' || held.node !== primary.node) return null
    return {target: primary, role: 'primary', replica: null, mustVerify: false}
  }

  /** The held connection when it is one to that node; any other is given back. */
  take({target}: Pick): Connection | null {
    const held = this.#connection
    if (held !== null && !held.broken && held.node === target.node) return held.take()
    this.letGo()
    return null
  }

  keep(connection: Connection, role: 'primary' | 'standby'): void {
    this.#role = role
    if (connection === this.#connection) return
    this.#connection = connection
    this.#listener.bound(connection)
  }

  letGo(reason?: Error | boolean): void {
    const held = this.#connection
    if (held === null) return
    this.#connection = null
    this.#listener.unbound(held)
    held.release(reason)
  }
}
