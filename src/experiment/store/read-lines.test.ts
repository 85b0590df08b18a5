import fc from 'fast-check'
import {beforeEach, describe, expect, it} from 'vitest'
import {anyOp} from '../../../test/arbitrary-op.ts'
import {goingOnRun, lossRun, pointInTimeRun, refusalRun} from '../../../test/build-drill.ts'
import {crashRun, quietRun, type Run} from '../../../test/build-history.ts'
import {shardOps, shardedRun} from '../../../test/build-shards.ts'
import {simulate} from '../../../test/simulate-run.ts'
import {temporaryFolder} from '../../../test/temporary-folder.ts'
import {judge} from '../../measure/judge.ts'
import {OpTable} from '../../measure/op-table.ts'
import {messageOf} from '../../model/errors.ts'
import {LearnedLines} from './learned-lines.ts'
import {parseOp} from './parse-record.ts'
import {takeLine} from './read-lines.ts'
import {createRun, openRun} from './run-folder.ts'

/** What each line says, or what is wrong with it; a sign before zero says nothing. */
type Said = readonly string[]

function byParsing(lines: readonly Buffer[]): Said {
  const table = new OpTable()
  const wrong = lines.map(line => {
    try {
      table.push(parseOp(JSON.parse(line.toString('utf8'))))
      return null
    } catch (error) {
      return messageOf(error)
    }
  })
  return saidBy(table, wrong)
}

/** `wrong`: of each line that gave no operation. */
function saidBy(table: OpTable, wrong: readonly (string | null)[]): Said {
  const ops = [...table].values()
  return wrong.map(message => message ?? JSON.stringify(ops.next().value))
}

/** All through one memory of lines, each between bytes of others. */
function byLearning(lines: readonly Buffer[]): {readonly said: Said; readonly learned: number} {
  const table = new OpTable()
  const memory = new LearnedLines(table)
  let learned = 0
  const wrong = lines.map(line => {
    const bytes = Buffer.concat([Buffer.from('1"}\n'), line, Buffer.from('\n1234')])
    try {
      if (memory.take(bytes, 4, 4 + line.length)) learned += 1
      else takeLine(memory, table, bytes, 4, 4 + line.length)
      return null
    } catch (error) {
      return messageOf(error)
    }
  })
  return {said: saidBy(table, wrong), learned}
}

const oddNumbers =
  '-0 0 00 01 1. 1.5 .5 1e3 1E400 1e-3 1.0 -1 9007199254740991 9007199254740992 9007199254740993 172800000 ' +
  '172800000.00000001 172800001 12345678901234567890123 0.12345678901234567890123456789 1.7976931348623157e308 ' +
  '4.35 0.1 123456.789012 100.00000000000001 null true "1" [1] {} Infinity'
const numberText = fc.oneof(fc.constantFrom(...oddNumbers.split(' ')), fc.nat().map(String), fc.double().map(String))
const piece = fc.oneof(
  fc.constantFrom(
    '0',
    '9',
    '.',
    '-',
    'e',
    '"',
    '\\',
    '{',
    '}',
    '[',
    ']',
    ':',
    ',',
    ' ',
    '\t',
    '\u0000',
    '\u000e',
    '\u001a',
    'é',
    'null',
    '"id":1,',
  ),
  fc.string({maxLength: 3}),
)

type Change = (line: string, at: number) => string
const change: fc.Arbitrary<Change> = fc.oneof(
  numberText.map((text): Change => (line, at) => {
    const numbers = [...line.matchAll(/(?<=:)-?\d[\d.eE+-]*/g)]
    const of = numbers[at % Math.max(1, numbers.length)]
    return of === undefined ? line : line.slice(0, of.index) + text + line.slice(of.index + of[0].length)
  }),
  piece.map(
    (text): Change =>
      (line, at) =>
        line.slice(0, at % line.length) + text + line.slice(at % line.length),
  ),
  fc.nat({max: 4}).map(
    (length): Change =>
      (line, at) =>
        line.slice(0, at % line.length) + line.slice((at % line.length) + length),
  ),
  piece.map(
    (text): Change =>
      (line, at) =>
        line.slice(0, at % line.length) + text + line.slice((at % line.length) + text.length),
  ),
  fc.constant((line: string) => line.replaceAll('":', '": ')),
  fc.constant((line: string) => `${line}\r`),
  fc.constant((line: string) => line.replace('{', '{"extra":{"id":7,"a":[1,"]"]},"more":5,')),
  fc.constant((line: string) => line.replace('"id"', '"\\u0069d"')),
  fc.constant((line: string) => line.replace('"id":', '"id":3,"id":')),
)

describe('a line that is like one before', () => {
  it('says what JSON.parse and the shape of an operation say, or is refused with their words', () => {
    fc.assert(
      fc.property(
        fc.array(anyOp, {minLength: 1, maxLength: 4}),
        fc.array(fc.tuple(change, fc.nat(), fc.nat()), {maxLength: 12}),
        (ops, changes) => {
          const lines = ops.map(op => JSON.stringify(op))
          for (const [apply, at, of] of changes) {
            const line = lines[of % lines.length] ?? ''
            if (line.length > 0) lines.push(apply(line, at).replaceAll('\n', ' '))
          }
          const bytes = [...lines, ...lines].map(line => Buffer.from(line))
          expect(byLearning(bytes).said).toEqual(byParsing(bytes))
        },
      ),
      {numRuns: 300},
    )
  })

  it('is one whose bytes are not text, too', () => {
    fc.assert(
      fc.property(anyOp, fc.nat(), fc.nat({max: 255}), (op, at, byte) => {
        const line = Buffer.from(JSON.stringify(op))
        const broken = Buffer.from(line)
        broken[at % broken.length] = byte === 10 ? 0 : byte
        const lines = [line, broken, line, broken]
        expect(byLearning(lines).said).toEqual(byParsing(lines))
      }),
      {numRuns: 200},
    )
  })

  it('is most of any history: every line of a run but the first of each sort', () => {
    const {ops} = simulate(story).run
    const lines = ops.map(op => Buffer.from(JSON.stringify(op)))
    const {said, learned} = byLearning(lines)
    expect(said).toEqual(byParsing(lines))
    expect(learned / lines.length).toBeGreaterThan(0.9)
  })
})

const story = {
  seed: 1,
  baselineMs: 2_000,
  outageMs: 1_500,
  aftermathMs: 1_500,
  during: 'refused',
  lostMs: 200,
  overlapMs: 0,
  kind: 'crash',
} as const

describe('judging from the store', () => {
  let root = ''
  beforeEach(() => void (root = temporaryFolder('read')))

  it.each<[string, () => Run]>([
    ['a crash', () => crashRun()],
    ['a quiet run', () => quietRun(built => built.read('read-primary', 900, 2).transfers({fromMs: 0, toMs: 500}))],
    ['a simulated run with losses', () => simulate(story).run],
    ['a simulated overlap', () => simulate({...story, lostMs: 0, overlapMs: 500}).run],
    ['a loss', () => lossRun()],
    ['a bad statement', () => pointInTimeRun()],
    ['a table', () => goingOnRun()],
    ['a refusal', () => refusalRun()],
    ['a load over shards', () => shardedRun({ops: shardOps()})],
  ])('of %s is judging from arrays', (_what, made) => {
    const run = '0101-000000-aa'
    const {record, events, ops} = made()
    const named = events.map(event => (event.kind === 'run.started' ? {...event, run} : event))
    const folder = createRun(root, () => run)
    folder.saveRecord({...record, run})
    for (const event of named) folder.appendEvent(event)
    for (const op of ops) folder.appendOp(op)
    folder.close()
    const stored = openRun(root, run)
    expect([...stored.ops]).toEqual(ops)
    const text = (of: Pick<typeof stored, 'record' | 'events'>, history: readonly object[] | OpTable): string =>
      JSON.stringify(judge(of.record, of.events, history as typeof ops, {}))
    expect(text(stored, stored.ops)).toBe(text({record: stored.record, events: named}, ops))
  })
})
