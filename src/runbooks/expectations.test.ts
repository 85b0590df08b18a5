import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {isExpectation, readExpectations, unmet, type Piece} from './expectations.ts'

const words = (text: string): Piece => ({text, isCode: false})
const code = (text: string): Piece => ({text, isCode: true})

describe('what to expect', () => {
  it('is the code of the sentence that begins with Expect', () => {
    const pieces = [
      words('Expect '),
      code('running'),
      words(', no '),
      code('FATAL'),
      words(' and '),
      code('/^pg\\d/'),
      words('. Or '),
      code('x'),
    ]
    expect(isExpectation(pieces)).toBe(true)
    expect(readExpectations(pieces)).toEqual({
      expect: [
        {text: 'running', form: 'text', holds: true},
        {text: 'FATAL', form: 'text', holds: false},
        {text: '^pg\\d', form: 'pattern', holds: true},
      ],
      problems: [],
    })
  })

  it('may be the exit code alone', () =>
    expect(readExpectations([words('Expect: it ends without an error.')])).toEqual({expect: [], problems: []}))

  it.each([[[]], [[code('Expect')]], [[words('Expected: x')]], [[words('It is as you expect')]]])(
    'is not in %j',
    pieces => expect(isExpectation(pieces)).toBe(false),
  )

  it('tells a pattern that is none', () =>
    expect(readExpectations([words('Expect '), code('/(/')])).toEqual({
      expect: [],
      problems: ['/(/ is no regular expression'],
    }))

  it.each([
    [{exitCode: 0, output: 'pg1 running'}, []],
    [{exitCode: 1, output: 'pg1 running'}, ['exit 1 instead of 0']],
    [{exitCode: null, output: 'pg1 running'}, ['it could not be carried out']],
    [{exitCode: 0, output: 'x\npg2 running FATAL'}, ['there is "FATAL"']],
    [{exitCode: 0, output: 'running'}, ['there is no /^pg\\d/']],
    [{exitCode: 0, output: ''}, ['there is no "running"', 'there is no /^pg\\d/']],
  ])('of %j: %j', (said, expected) => {
    const {expect: all} = readExpectations([
      words('Expect '),
      code('running'),
      words(', no '),
      code('FATAL'),
      words(', '),
      code('/^pg\\d/'),
    ])
    expect(unmet({exitCode: 0, expect: all}, said)).toEqual(expected)
  })

  it('that a text is there and that it is not never both hold', () =>
    fc.assert(
      fc.property(fc.string({minLength: 1}), fc.string(), (text, output) => {
        const of = (holds: boolean) =>
          unmet({exitCode: 0, expect: [{text, form: 'text', holds}]}, {exitCode: 0, output})
        expect(of(true).length + of(false).length).toBe(1)
      }),
    ))
})
