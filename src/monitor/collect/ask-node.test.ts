import {describe, expect, it} from 'vitest'
import {FakeClock} from '../../../test/fakes/fake-clock.ts'
import {askNode} from './ask-node.ts'
import {identityQuestion, statisticsQuestion} from './node-questions.ts'
import type {OpenSession} from './node-session.ts'

const identity = {inRecovery: false, systemIdentifier: '7', timeline: 1, lsn: '0/1', activity: 'a'}
const statistics = {
  receiver: null,
  archiver: null,
  standbys: [],
  slots: [],
  prepared: [],
  databases: [],
  walBytes: 1,
  preparedMax: 0,
  connections: 1,
  connectionsMax: 97,
}

interface Takes {
  readonly connect?: number
  readonly identity?: number
  readonly views?: number
}

/** A node that needs so long for each of its three answers, in ms; a bound that is over is told, as pg does. */
function nodeOf(clock: FakeClock, takes: Takes) {
  let closed = 0
  const within = async (tookMs: number, boundMs: number): Promise<void> => {
    await clock.wait(Math.min(tookMs, boundMs))
    if (tookMs >= boundMs) throw new Error('timeout')
  }
  const open: OpenSession = async withinMs => {
    await within(takes.connect ?? 5, withinMs)
    return {
      async ask(text, queryMs) {
        await within((text === identityQuestion ? takes.identity : takes.views) ?? 5, queryMs)
        return text === statisticsQuestion ? statistics : identity
      },
      close: () => void (closed += 1),
    }
  }
  return {open, closed: () => closed}
}

describe('a node', () => {
  it('says who it is and what its views say', async () => {
    const clock = new FakeClock()
    const {open, closed} = nodeOf(clock, {})
    const answer = await clock.run(askNode(open, clock, 3_000))
    expect([answer.identity.lsn, answer.statistics?.connections, closed()]).toEqual([1n, 1, 1])
  })

  it('whose views hang is known all the same, at the end of the bound', async () => {
    const clock = new FakeClock()
    const {open, closed} = nodeOf(clock, {views: 60_000})
    const answer = await clock.run(askNode(open, clock, 3_000))
    expect([answer.identity.lsn, answer.statistics, closed(), clock.nowMs()]).toEqual([1n, null, 1, 3_000])
  })

  it.each([
    ['that accepts and says nothing', {connect: 60_000}, 0],
    ['that does not say who it is', {identity: 60_000}, 1],
  ])('%s is given up at the end of the bound, and left', async (_what, takes, left) => {
    const clock = new FakeClock()
    const {open, closed} = nodeOf(clock, takes)
    await expect(clock.run(askNode(open, clock, 3_000))).rejects.toThrow('timeout')
    expect([closed(), clock.nowMs()]).toEqual([left, 3_000])
  })
})
