// Each sentence of "What differs from pg.Pool" in docs/router.md, shown on both: what pg.Pool does, and what the router
// does. Invariant: a sentence without a test, or a test without its sentence, fails. Not here: the tests
// (what-differs/).
import {readFileSync} from 'node:fs'
import {describe, expect, it} from 'vitest'
import {useServers} from './servers.ts'
import {clientsLines} from './what-differs/clients.ts'
import {connectionsLines} from './what-differs/connections.ts'
import {processLines} from './what-differs/process.ts'
import {makeStage} from './what-differs/stage.ts'
import {transactionsLines} from './what-differs/transactions.ts'

const stage = makeStage(useServers('it-what-differs', {standbys: 1}))
const rooms = [clientsLines, transactionsLines, connectionsLines, processLines]
const lines = rooms.flatMap(room => Object.entries(room(stage)))

/** Sentences that other files show: by their beginning, the file and the name of the test. */
const elsewhere: Readonly<Record<string, readonly [file: string, test: string]>> = {
  '`transaction()` calls its function again': ['one-node.test.ts', 'of transaction() runs its function again'],
  'Settings for all connections': ['surface/events.ts', 'a listener of connect can prepare the session'],
  'While a node can be reached': ['starting.test.ts', 'gives a client where no primary was ever seen'],
  'A prepared statement that the database has outgrown': [
    'stale-statements.test.ts',
    'of a client: outside of a transaction, behind BEGIN, and in the transaction after the one that failed',
  ],
  'A server that takes connections and does not answer': [
    'slow-to-connect.test.ts',
    'lets requests in when each connection takes longer than its bound',
  ],
}

/** Without what only marks it up. */
function sentences(): readonly string[] {
  const section =
    /^### What differs from pg\.Pool\n([^]*?)^## /m.exec(readFileSync('docs/router.md', 'utf8'))?.[1] ?? ''
  return [...section.matchAll(/^- (.*)$/gm)].flatMap(([, text = '']) =>
    text.replaceAll('**', '').split(/(?<=[.])\s+(?=[A-Z`])/),
  )
}

describe('what differs from pg.Pool', () => {
  it.each(lines)('%s', async (_, show) => show())

  it('has a test for each sentence, and a sentence for each test', () => {
    const said = sentences()
    const starts = [...lines.map(([start]) => start), ...Object.keys(elsewhere)]
    expect(said.length).toBeGreaterThan(30)
    expect(said.filter(text => !starts.some(start => text.startsWith(start)))).toEqual([])
    expect(starts.filter(start => !said.some(text => text.startsWith(start)))).toEqual([])
  })

  it.each(Object.entries(elsewhere))('%s … is shown elsewhere', (_start, [file, test]) =>
    expect(readFileSync(`test/integration/router/${file}`, 'utf8')).toContain(test),
  )
})
