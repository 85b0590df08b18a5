// Each line of "What differs from pg.Pool" in docs/router.md, shown on both: what pg.Pool does, and what the router
// does. Invariant: a line without a test, or a test without its line, fails. Not here: the tests (what-differs/).
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

describe('what differs from pg.Pool', () => {
  it.each(lines)('%s', async (_, show) => show())

  it('has a test for each line, and a line for each test', () => {
    const page = readFileSync('docs/router.md', 'utf8')
    const section = /^### What differs from pg\.Pool\n([^]*?)^## /m.exec(page)?.[1] ?? ''
    const bullets = [...section.matchAll(/^- (.*)$/gm)].map(([, text = '']) => text.replaceAll('**', ''))
    const starts = lines.map(([start]) => start)
    expect(bullets.length).toBeGreaterThan(0)
    expect(bullets.filter(text => !starts.some(start => text.startsWith(start)))).toEqual([])
    expect(starts.filter(start => !bullets.some(text => text.startsWith(start)))).toEqual([])
  })
})
