// The router in the place of pg.Pool, over many statements: each through every way to send it, by parser and by words,
// compared with pg.Pool on the primary: rows, fields, commands, errors, notices, the transaction's status, locks on the
// primary, what is in the database afterwards, and whether the connection can still be used.
// Invariant: what differs is meant (differences.ts), and what is meant differs. A single topic: -t 'cursors'.
import {readFileSync} from 'node:fs'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {useServers} from './servers.ts'
import {differences} from './sweep/differences.ts'
import {judge} from './sweep/judge.ts'
import {Lane} from './sweep/lane.ts'
import {topics} from './sweep/topics/index.ts'

const servers = useServers('it-sweep', {standbys: 1})
let lane: Lane | undefined
const meant = new Set<string>()
const ran = new Set<string>()

function opened(): Lane {
  if (lane === undefined) throw new Error('the lane is not open')
  return lane
}

beforeAll(async () => {
  // What resets the state waits for the standby; nothing else does.
  await servers.configure(servers.primary, {synchronous_standby_names: '*', synchronous_commit: 'local'})
  for (const node of servers.standbys) await servers.configure(node, {max_standby_streaming_delay: '500ms'})
  lane = await Lane.open(servers)
})
afterAll(async () => lane?.close())

describe.each(topics)('$name', topic => {
  it('is as with pg.Pool', {timeout: 600_000}, async () => {
    const judged = await judge(topic, opened())
    for (const name of judged.meant) meant.add(name)
    ran.add(topic.name)
    expect(judged.news).toEqual([])
    expect(judged.executions).toBeGreaterThan(topic.cases.length)
  })
})

describe('the sweep', () => {
  it('has at least 500 statements, each once', () => {
    const ids = topics.flatMap(({name, cases}) => cases.map(({id}) => `${name}: ${id}`))
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([])
    expect(ids.length).toBeGreaterThan(500)
  })

  it('rests what is meant to differ on the documentation', () => {
    for (const {page, line} of differences) expect(readFileSync(page, 'utf8')).toContain(line)
  })

  it('saw all that is meant to differ, and reads on standbys', ({skip}) => {
    skip(ran.size < topics.length, 'only some topics ran')
    const always = differences.filter(({sometimes}) => sometimes !== true)
    expect([...meant]).toEqual(expect.arrayContaining(always.map(({name}) => name)))
    expect(opened().servedBy.standby).toBeGreaterThan(500)
  })
})
