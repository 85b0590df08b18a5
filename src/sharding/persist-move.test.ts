import {describe, expect, it} from 'vitest'
import {FakeClock} from '../../test/fakes/fake-clock.ts'
import {HlError} from '../model/errors.ts'
import {ShardError, type MoveProgress} from '../shards/index.ts'
import {isGone, outageMs, outageOf, persistently} from './persist-move.ts'

const withCode = (code: string): Error => Object.assign(new Error('no'), {code})
const stopped = (cause: unknown, phase = 'copied'): ShardError =>
  new ShardError('MOVE_STOPPED', `the move stands in phase ${phase}`, {detail: {id: 'a1', phase}, cause})
const refused = (reason: string, detail: object = {}): ShardError =>
  new ShardError('MOVE_REFUSED', reason, {detail: {reason, ...detail}})

describe('an outage', () => {
  it.each<readonly [string, unknown, boolean]>([
    ['a server that was killed', stopped(withCode('57P01')), true],
    ['nobody listens', stopped(withCode('ECONNREFUSED')), true],
    ['nobody listens at any address', stopped(new AggregateError([withCode('ECONNREFUSED')])), true],
    ['a primary that is none any more', stopped(withCode('25006')), true],
    ['a connection that broke', stopped(new Error('Connection terminated unexpectedly')), true],
    ['no primary yet', stopped(new HlError('LAB_UNHEALTHY', 's1 has no primary now', {next: ['wait']})), true],
    ['a slot that is lost', stopped(new ShardError('MOVE_STOPPED', 'the slot is gone')), false],
    ['content that differs', stopped(new ShardError('MOVE_STOPPED', 'differs in 1 rows')), false],
    ['a full disk', stopped(withCode('53100')), false],
    ['another process', stopped(withCode('HL006')), false],
    ['a refusal', refused('PHASE'), false],
    ['a lock that is held, before anything was away', refused('RUNNING'), false],
    ['any other error', new Error('Connection terminated'), false],
  ])('%s: %#', (_what, error, isOne) => expect(outageOf(error, null) !== null).toBe(isOne))

  const known = stopped(withCode('57P01'))
  it.each<readonly [string, unknown, ShardError | null]>([
    ['the lock of the dead connection', refused('RUNNING'), known],
    ['shards that cannot be asked for it', refused('UNKNOWN', {notAsked: ['s1']}), known],
    ['still nobody there', withCode('ECONNREFUSED'), known],
    ['a refusal of its own', refused('PHASE'), null],
  ])('that is waited for, and %s', (_what, error, is) => expect(outageOf(error, known)).toBe(is))

  it('is over when all shards say that the move is gone', () => {
    expect(isGone(refused('UNKNOWN', {notAsked: []}))).toBe(true)
    expect(isGone(refused('UNKNOWN', {notAsked: ['s2']}))).toBe(false)
    expect(isGone(refused('PHASE', {notAsked: []}))).toBe(false)
  })
})

describe('a move that is run persistently', () => {
  const told: MoveProgress[] = []
  const run = async (answers: readonly (string | Error)[]): Promise<unknown> => {
    const clock = new FakeClock()
    const waiting = [...answers]
    const answer = (): Promise<string> => {
      const next = waiting.length > 1 ? waiting.shift() : waiting[0]
      return next instanceof Error ? Promise.reject(next) : Promise.resolve(next ?? '')
    }
    told.length = 0
    const ports = {clock, tell: (one: MoveProgress) => told.push(one)}
    return clock.run(persistently(ports, answer, {again: answer, gone: id => `${id} is gone`}))
  }
  it('goes on after an outage, which is told once', async () => {
    expect(await run([stopped(withCode('57P01')), refused('RUNNING'), withCode('ECONNREFUSED'), 'done'])).toBe('done')
    expect(told).toHaveLength(1)
  })
  it('tells at once what is none', async () => {
    await expect(run([stopped(withCode('53100'))])).rejects.toMatchObject({code: 'MOVE_STOPPED'})
    expect(told).toEqual([])
  })
  it('that came to its end unheard is told as gone', async () =>
    expect(await run([stopped(withCode('08006')), refused('UNKNOWN', {notAsked: []})])).toBe('a1 is gone'))
  it('that was cut off before anybody had a record of it is begun anew, not told as gone', async () =>
    expect(await run([stopped(withCode('08006'), 'begun'), refused('UNKNOWN', {notAsked: []}), 'done'])).toBe('done'))
  it('gives up after a while, with where it stands', async () => {
    expect(outageMs).toBeGreaterThan(60_000)
    await expect(run([stopped(withCode('57P01'))])).rejects.toMatchObject({detail: {id: 'a1', phase: 'copied'}})
  })
})
