// A session only grows, survives its text, and shows what it could not read.
import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {Session} from './session.ts'
import {currentSession, runInSession} from './session-scope.ts'

describe('Session', () => {
  it('holds the latest of what it is told, in any order', () => {
    const session = new Session()
    for (const [timeline, position] of [
      [1, 9],
      [2, 4],
      [2, 3],
      [1, 100],
    ] as const)
      session.note({timeline, position})
    expect(session.token).toEqual({timeline: 2, position: 4})
    expect(String(session)).toBe('hl1.2.0-4')
    expect(Session.from(String(session))).toMatchObject({token: {timeline: 2, position: 4}, invalid: false})
  })

  it.each([undefined, null, ''])('from %j is new', text =>
    expect(Session.from(text)).toMatchObject({token: null, invalid: false, lastWriteMs: null}),
  )
  it.each([['hl9.1.0-1'], ['constructor'], [7], [{}], [['hl1.1.0-1', 'hl1.2.0-1']]])(
    'from %j is empty, and says that it was not understood',
    text => {
      const session = Session.from(text)
      expect(session).toMatchObject({token: null, invalid: true})
      expect(String(session)).toBe('')
      session.note({timeline: 1, position: 1})
      expect(session).toMatchObject({token: {timeline: 1, position: 1}, invalid: true})
    },
  )

  it('never throws, whatever the network sends', () =>
    fc.assert(fc.property(fc.anything(), sent => Session.from(sent).token === null)))

  it('remembers a write without a position until a question sent later is answered', () => {
    const session = new Session()
    session.noteWrite(20)
    session.noteWrite(10)
    expect(session.lastWriteMs).toBe(20)
    session.note({timeline: 1, position: 5})
    session.note({timeline: 1, position: 6}, 20)
    expect(session.lastWriteMs).toBe(20)
    session.note({timeline: 1, position: 6}, 21)
    expect(session.lastWriteMs).toBeNull()
  })

  it('has no position of a write in doubt before all doubts are settled, by a question sent after the last of them', () => {
    const session = new Session()
    session.noteDoubt(10)
    session.noteDoubt(20)
    session.note({timeline: 1, position: 5}, 30)
    session.settleDoubt({timeline: 1, position: 6}, 40)
    expect(session.lastWriteMs).toBe(20)
    session.settleDoubt({timeline: 1, position: 9}, 50)
    expect(session).toMatchObject({lastWriteMs: null, token: {timeline: 1, position: 9}})
  })
})

describe('currentSession', () => {
  it('is the innermost one, across awaits, and none outside', async () => {
    const [outer, inner] = [new Session(), new Session()]
    expect(currentSession()).toBeNull()
    await runInSession(outer, async () => {
      await Promise.resolve()
      expect(currentSession()).toBe(outer)
      await Promise.all([
        runInSession(inner, async () => expect(await Promise.resolve().then(currentSession)).toBe(inner)),
        Promise.resolve().then(() => expect(currentSession()).toBe(outer)),
      ])
      expect(currentSession()).toBe(outer)
    })
    expect(currentSession()).toBeNull()
  })

  it('passes on what the work returns or throws', () => {
    expect(runInSession(new Session(), () => 7)).toBe(7)
    expect(() =>
      runInSession(new Session(), () => {
        throw new Error('as is')
      }),
    ).toThrow('as is')
    expect(currentSession()).toBeNull()
  })
})
