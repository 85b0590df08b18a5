// COPY … FROM STDIN as a text, without rows: pg refuses, which ends it with an error. With the extended protocol
// the server has taken the Sync behind the statement for a part of the COPY, so it reads on until another, and answers
// nothing that is sent meanwhile. Not here: a COPY that sends itself, which uses the simple protocol.
import type {Client} from 'pg'

/** To be called when the connection is made: pg's own listener must be first. */
export function endCopies(client: Client): void {
  const connection = client.connection as unknown as {on(event: string, listener: () => void): void; sync(): void}
  connection.on('copyInResponse', () => {
    const active = Reflect.get(client, '_activeQuery') as {requiresPreparation?: () => boolean} | null | undefined
    if (active?.requiresPreparation?.() === true) connection.sync()
  })
}
