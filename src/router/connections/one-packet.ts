// What is sent in one turn leaves in one packet: that halves what a statement costs here, and on the server. Not here:
// when there is company to gather (connection.ts).
import type {PoolClient} from 'pg'

export class OnePacket {
  readonly #client: PoolClient
  #isOpen = false

  constructor(client: PoolClient) {
    this.#client = client
  }

  /** Until the end of this turn. */
  gather(): void {
    if (this.#isOpen) return
    this.#isOpen = true
    this.#client.connection.stream.cork()
    process.nextTick(leave, this)
  }

  leave(): void {
    this.#isOpen = false
    this.#client.connection.stream.uncork()
  }
}

/** A named function and an argument: no closure per turn. */
function leave(packet: OnePacket): void {
  packet.leave()
}
