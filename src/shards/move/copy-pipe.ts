// Rows from one server into another, as COPY gives and takes them, through this process. Invariants: what is in memory
// is bounded: the sender is paused while the receiver does not keep up; a failure of one side fails both, and then
// nothing of this COPY is on the receiver. Not here: what is copied (copy-groups.ts).
import type {Connection} from 'pg'
import type {Socket} from 'node:net'
import type {MoveSession} from './move-session.ts'

/** What one COPY has carried. */
export interface Copied {
  readonly rows: number
  readonly bytes: number
}

/** pg's protocol connection, as far as it is used here. */
interface Wire {
  readonly stream: Socket
  query(text: string): void
  sendCopyFromChunk(chunk: Buffer): void
  endCopyFrom(): void
  sendCopyFail(reason: string): void
}

/** Rows come one by one; a write for each would cost more than they do. */
const batchBytes = 65_536

/** Both sessions must be free. Rejects with the error of the side that failed first; both are then of no more use. */
export async function copyOver(from: MoveSession, fromText: string, to: MoveSession, toText: string): Promise<Copied> {
  const receiving = new Receiving(toText)
  const received = run(to, receiving)
  const sending = new Sending(fromText, receiving)
  try {
    await Promise.race([receiving.ready, received])
    const sent = run(from, sending)
    // A receiver that fails ends the sender, which would wait for it for ever.
    const failed = received.catch((error: unknown) => {
      from.destroy(asError(error))
      throw error
    })
    await Promise.all([sent.catch((error: unknown) => receiving.fail(asError(error))), failed])
    return {rows: receiving.rows, bytes: sending.bytes}
  } catch (error) {
    from.destroy(asError(error))
    to.destroy(asError(error))
    throw error
  }
}

/** As something that a pg client lets send itself; resolves at ReadyForQuery. */
function run(session: MoveSession, copy: CopyStatement): Promise<undefined> {
  session.client.query(copy as never)
  return copy.done
}

abstract class CopyStatement {
  readonly done: Promise<undefined>
  readonly text: string
  readonly #done = Promise.withResolvers<undefined>()
  protected wire: Wire | null = null

  constructor(text: string) {
    this.text = text
    this.done = this.#done.promise
    this.done.catch(() => undefined)
  }

  submit(connection: Connection): void {
    this.wire = connection as unknown as Wire
    this.wire.query(this.text)
  }

  /** pg tells of no ReadyForQuery after an error. */
  handleError(error: Error): void {
    this.#done.reject(error)
  }

  handleReadyForQuery(): void {
    this.#done.resolve(undefined)
  }

  handleRowDescription(): void {}
  handleDataRow(): void {}
  handleEmptyQuery(): void {}
  handlePortalSuspended(): void {}
  abstract handleCommandComplete(message: {readonly text: string}): void
  abstract handleCopyInResponse(): void
  abstract handleCopyData(message: {readonly chunk: Buffer}): void
}

class Receiving extends CopyStatement {
  readonly ready: Promise<undefined>
  rows = 0
  readonly #ready = Promise.withResolvers<undefined>()
  #failure: Error | null = null

  constructor(text: string) {
    super(text)
    this.ready = this.#ready.promise
  }

  handleCopyInResponse(): void {
    this.#ready.resolve(undefined)
  }

  handleCopyData(): void {}

  handleCommandComplete({text}: {readonly text: string}): void {
    this.rows = Number(/^COPY (\d+)$/.exec(text)?.[1] ?? 0)
  }

  /** Resolves when more may be given. */
  async give(chunk: Buffer): Promise<void> {
    const {wire} = this
    if (wire === null) return
    wire.sendCopyFromChunk(chunk)
    if (!wire.stream.writableNeedDrain) return
    await new Promise<void>(resolve => {
      const go = (): void => {
        wire.stream.off('drain', go)
        wire.stream.off('close', go)
        resolve()
      }
      wire.stream.on('drain', go)
      wire.stream.on('close', go)
    })
  }

  end(): void {
    if (this.#failure === null) this.wire?.endCopyFrom()
  }

  /** The server answers with an error, which carries the reason. Throws it. */
  fail(reason: Error): never {
    this.#failure = reason
    this.wire?.sendCopyFail(reason.message)
    throw reason
  }
}

class Sending extends CopyStatement {
  bytes = 0
  readonly #to: Receiving
  #batch: Buffer[] = []
  #batched = 0
  #giving: Promise<void> = Promise.resolve()

  constructor(text: string, to: Receiving) {
    super(text)
    this.#to = to
  }

  handleCopyInResponse(): void {}

  handleCopyData({chunk}: {readonly chunk: Buffer}): void {
    // pg's chunk is a part of a buffer that it fills again.
    this.#batch.push(Buffer.from(chunk))
    this.#batched += chunk.length
    if (this.#batched >= batchBytes) this.#flush()
  }

  handleCommandComplete(): void {
    this.#flush()
    void this.#giving.then(() => this.#to.end())
  }

  #flush(): void {
    if (this.#batched === 0) return
    const chunk = Buffer.concat(this.#batch)
    this.bytes += chunk.length
    this.#batch = []
    this.#batched = 0
    this.wire?.stream.pause()
    this.#giving = this.#giving.then(() => this.#to.give(chunk)).then(() => void this.wire?.stream.resume())
  }
}

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)))
