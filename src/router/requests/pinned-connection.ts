// The connection that a checked-out client keeps between its statements. Invariant: it is given back exactly once. Not
// here: when it must be kept (client/).
import type {Connection} from '../connections/connection.ts'
import type {Topology} from '../topology/decide-primary.ts'
import type {Pick} from './picker.ts'
import type {From} from './request.ts'

export interface PinListener {
  /** A connection is held from now on. */
  bound(connection: Connection): void
  unbound(connection: Connection): void
}

export class PinnedConnection {
  readonly #listener: PinListener
  #connection: Connection | null = null
  #pick: Pick | null = null
  #isReleased = false

  constructor(listener: PinListener) {
    this.#listener = listener
  }

  /** It may be broken by now. */
  get connection(): Connection | null {
    return this.#connection
  }

  get role(): 'primary' | 'standby' {
    return this.#pick?.role ?? 'primary'
  }

  /** Of the node, when it was chosen; null: not known. */
  get timeline(): number | null {
    return this.#pick?.target.timeline ?? null
  }

  /** Whatever happens elsewhere, a connection that is there can be used to its end. */
  last(): Pick | null {
    return this.#connection === null || this.#connection.broken ? null : this.#pick
  }

  /** It was taken before the first statement, which may be better served elsewhere. */
  isProvisional = false

  /**
   * Once on the primary it stays there while that is the primary: it then sees its own writes, and never goes back in
   * time.
   */
  stay({primary}: Topology, {from}: {readonly from: From}): Pick | null {
    const held = this.#connection
    if (this.isProvisional && from !== 'primary') return null
    if (primary === null || held === null || held.broken || this.role !== 'primary' || held.node !== primary.node)
      return null
    return {target: primary, role: 'primary', replica: null, mustVerify: false}
  }

  /** The held connection when it is one to that node; any other is given back. */
  take({target}: Pick): Connection | null {
    const held = this.#connection
    if (held !== null && !held.broken && held.node === target.node) return held.take()
    this.letGo()
    return null
  }

  keep(connection: Connection, pick: Pick): void {
    this.#pick = {...pick, replica: null, mustVerify: false}
    this.isProvisional = false
    if (connection === this.#connection) return
    this.#connection = connection
    this.#listener.bound(connection)
  }

  /** Its client was: nothing is sent for it any more. */
  isReleased(): boolean {
    return this.#isReleased
  }

  release(reason: Error | boolean | undefined): void {
    this.#isReleased = true
    this.letGo(reason)
  }

  letGo(reason?: Error | boolean): void {
    const held = this.#connection
    if (held === null) return
    this.#connection = null
    this.#listener.unbound(held)
    held.release(reason)
  }
}
