// The watch with a discovery that says what the test wants, on a clock that the test moves; then a failover of fakes
// that are asked by SQL.
import {beforeEach, describe, expect, it, onTestFinished, vi} from 'vitest'
import {FakePostgres} from '../../../test/fakes/fake-postgres.ts'
import {Wakeup} from '../time/wakeup.ts'
import {chooseDiscovery} from './choose-discovery.ts'
import type {DiscoveryListener, MakeDiscovery} from './discovery.ts'
import type {NodeStatus} from './parse-patroni.ts'
import {lagOf} from './primary-trace.ts'
import {topologySettingsOf} from './topology-options.ts'
import {Watch, type Tell} from './watch.ts'

interface Seen {
  readonly watch: Watch
  readonly events: readonly string[]
}

function watching(discover: MakeDiscovery, evidenceTtlMs = 1_000): Seen {
  const events: string[] = []
  const tell: Tell = (name, payload) => {
    const fields: Readonly<Record<string, unknown>> = {...payload}
    events.push([name, fields['node'], fields['why'], fields['error']].filter(Boolean).join(' '))
  }
  return {events, watch: new Watch({evidenceTtlMs}, {tell, close: () => 1, changed: new Wakeup()}, discover)}
}

function eventually<T>(look: () => T): ReturnType<typeof expect.poll<T>> {
  return expect.poll(look, {timeout: 5_000, interval: 5})
}

const addresses = new Map(['a', 'b', 'c'].map(node => [node, {host: node, port: 1}]))
const word = (
  node: string,
  role: NodeStatus['role'],
  timeline: number,
  position: number | null,
  over: Partial<NodeStatus> = {},
): NodeStatus => ({
  node,
  role,
  running: true,
  timeline,
  position,
  received: position,
  replayPaused: false,
  server: null,
  ...over,
})

describe('the watch', () => {
  let now = 0
  beforeEach(() => {
    now = 10_000
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => now)
    onTestFinished(() => clock.mockRestore())
  })

  /** `told` is the listener that the watch gave to its discovery. */
  function bySql(): Seen & {readonly told: DiscoveryListener} {
    const listeners: DiscoveryListener[] = []
    const seen = watching(listener => {
      listeners.push(listener)
      return {sources: [], start: () => undefined, kick: () => undefined, stop: () => undefined}
    })
    const [told] = listeners
    if (told === undefined) throw new Error('no discovery was made')
    told.onView('hosts', {leader: null, addresses}, now)
    return {...seen, told}
  }

  it('traces the accepted primary, on its present timeline', () => {
    const {watch, told} = bySql()
    told.onStatus(word('b', 'standby', 1, 90), now)
    expect(watch.trace()).toMatchObject({timeline: null, floor: null})
    told.onStatus(word('a', 'primary', 1, 100), now)
    told.onStatus(word('a', 'primary', 1, 130), now + 5)
    expect(watch.trace()).toMatchObject({node: 'a', timeline: 1, floor: 100})
    expect(lagOf(watch.trace(), 110, now + 9)).toEqual({bytes: 20, ms: 4})
    told.onStatus(word('c', 'primary', 1, 500), now + 6)
    expect(watch.current().primary).toBeNull()
    expect(watch.trace()).toMatchObject({node: 'a', timeline: 1, stays: [{position: 100}, {position: 130}]})
    told.onStatus(word('b', 'primary', 2, 120), now + 7)
    expect(watch.trace()).toMatchObject({node: 'b', timeline: 2, floor: 120})
  })

  it('says that two primaries on one timeline are none, and why', () => {
    const {watch, told, events} = bySql()
    told.onStatus(word('a', 'primary', 2, 100), now)
    told.onStatus(word('b', 'primary', 2, 100), now)
    expect(watch.current().primary).toBeNull()
    expect(events).toEqual([
      'primary a',
      'node-closed a gone',
      'primary-lost a',
      'primary-refused a tied',
      'primary-refused b tied',
    ])
  })

  it('gives the same answer while nothing is new, and another as soon as something expires', () => {
    const {watch, told, events} = bySql()
    told.onStatus(word('a', 'primary', 1, 100), now)
    told.onStatus(word('b', 'standby', 1, 100), now + 200)
    now += 900
    const before = watch.current()
    now += 100
    expect(watch.current()).toMatchObject({primary: {node: 'a'}})
    expect(before).toMatchObject({primary: {node: 'a'}})
    const same = watch.current()
    expect(watch.current()).toBe(same)
    now += 1
    expect(watch.current()).toMatchObject({primary: null, standbys: [{node: 'b'}]})
    now += 200
    told.onAsked()
    expect(watch.current()).toMatchObject({primary: null, standbys: []})
    expect(events.filter(event => event.startsWith('node-closed'))).toEqual([
      'node-closed a gone',
      'node-closed b gone',
    ])
  })

  it('says what it saw last, and what it cannot ask and why, until that is over', () => {
    const {watch, told} = bySql()
    told.onFailure('b', 'password authentication failed', new Error('password authentication failed'))
    expect(watch.lastSeen()).toBe('no node has answered yet; b: password authentication failed')
    told.onStatus(word('a', 'standby', 1, 100), now)
    told.onRecovery('b')
    expect(watch.lastSeen()).toBe('a said standby on timeline 1 0 ms ago')
  })

  it('does not know how far a node is that may have restarted, until it tells again', () => {
    const {watch, told, events} = bySql()
    told.onStatus(word('a', 'primary', 1, 100), now)
    told.onStatus(word('b', 'standby', 1, 90), now)
    told.onBroken('b')
    expect(watch.current()).toMatchObject({
      primary: {node: 'a', position: 100},
      standbys: [{node: 'b', position: null}],
    })
    told.onStatus(word('b', 'standby', 1, 70), now + 1)
    expect(watch.current().standbys).toMatchObject([{node: 'b', position: 70}])
    watch.broken('a')
    expect(watch.current().primary).toMatchObject({node: 'a', position: null})
    expect(watch.trace()).toMatchObject({timeline: 1, floor: 100})
    expect(events).toEqual(['primary a'])
  })

  it('has no use for a node that is gone', () => {
    const {watch, told, events} = bySql()
    told.onStatus(word('a', 'primary', 1, 100), now)
    told.onStatus(word('b', 'standby', 1, 90), now)
    told.onGone('b')
    expect(watch.current()).toMatchObject({primary: {node: 'a'}, standbys: []})
    expect(watch.lastSeen()).toBe('a said primary on timeline 1 0 ms ago')
    expect(events).toEqual(['primary a', 'node-closed b gone'])
  })
})

describe('the watch of servers that are asked by SQL', () => {
  it('follows a failover', async () => {
    const [one, two] = await Promise.all([
      new FakePostgres({recovering: false, position: 500}).listen(),
      new FakePostgres({position: 400}).listen(),
    ])
    onTestFinished(() => Promise.all([one.stop(), two.stop()]).then(() => undefined))
    const settings = topologySettingsOf({
      hosts: [one.host, two.host],
      pollMs: 20,
      fastPollMs: 5,
      timeoutMs: 5_000,
      evidenceTtlMs: 10_000,
    })
    const {watch, events} = watching(
      chooseDiscovery(settings, ({host, port}) => ({host, port, user: 'app', database: 'app'})),
      settings.evidenceTtlMs,
    )
    watch.start()
    onTestFinished(() => watch.stop())
    await eventually(() => watch.current()).toMatchObject({
      primary: {node: one.host, timeline: 1, position: 500},
      standbys: [{node: two.host, position: 400}],
    })
    expect(lagOf(watch.trace(), 400, performance.now())).toMatchObject({bytes: 100})
    await one.stop()
    Object.assign(two.state, {recovering: false, timeline: 2})
    await eventually(() => watch.current()).toMatchObject({primary: {node: two.host, timeline: 2}, standbys: []})
    expect(watch.trace()).toMatchObject({timeline: 2, floor: 400})
    expect(events).toContain(`primary ${two.host}`)
    Object.assign(one.state, {recovering: true, timeline: 2, position: 390})
    await one.listen()
    await eventually(() => watch.current().standbys).toMatchObject([{node: one.host, timeline: 2, position: 390}])
  })
})
