// Tokens by table, and against PostgreSQL's own scanner: where ours finds nothing broken, both split a text in the same
// places.
import fc from 'fast-check'
import {beforeAll, describe, expect, it} from 'vitest'
import {isSpace} from './characters.ts'
import {endOf, kindOf, token, tokenAt} from './lexer.ts'

const names = new Map<number, string>(Object.entries(token).map(([name, kind]) => [kind, name]))

interface Span {
  readonly kind: string
  readonly start: number
  readonly end: number
}

function spansOf(text: string): readonly Span[] {
  const spans: Span[] = []
  for (let start = 0; start < text.length;) {
    const found = tokenAt(text, start)
    spans.push({kind: names.get(kindOf(found)) ?? '?', start, end: endOf(found)})
    start = endOf(found)
  }
  return spans
}

/** `word:SELECT number:1`, without space. */
function shown(text: string): string {
  return spansOf(text)
    .filter(({kind}) => kind !== 'space')
    .map(({kind, start, end}) => `${kind}:${text.slice(start, end)}`)
    .join(' ')
}

describe('tokens', () => {
  it.each([
    ['select 1', 'word:select number:1'],
    ['a.b,c', 'word:a punctuation:. word:b punctuation:, word:c'],
    ['_a$1 $1 $12', 'word:_a$1 parameter:$1 parameter:$12'],
    ['été', 'word:été'],
    ['a\u00a0b', 'word:a\u00a0b'],
    ["'it''s' 'x'", "string:'it''s' string:'x'"],
    ["'\\' 'x'", "string:'\\' string:'x'"],
    ["E'\\'' e'\\\\' E''''", "string:E'\\'' string:e'\\\\' string:E''''"],
    ["B'01' x'1F' n'a' U&'\\0061' u&\"a\"", "string:B'01' string:x'1F' string:n'a' string:U&'\\0061' quoted:u&\"a\""],
    ["x'1'''", "string:x'1' string:''"],
    ["date 'x'", "word:date string:'x'"],
    ['ube', 'word:ube'],
    ['u & u', 'word:u operator:& word:u'],
    ['"a""b" ""', 'quoted:"a""b" quoted:""'],
    ['$$a$b$$ $t$ $$ $t$', 'string:$$a$b$$ string:$t$ $$ $t$'],
    ['$é1$x$é1$', 'string:$é1$x$é1$'],
    [
      '1 1.5 .5 1. 1e5 1.5E-3 1_000 0x1F 0b01 0o17',
      'number:1 number:1.5 number:.5 number:1. number:1e5 number:1.5E-3 number:1_000 number:0x1F number:0b01 number:0o17',
    ],
    ['1..2', 'number:1 punctuation:. number:.2'],
    ['1+2-.5', 'number:1 operator:+ number:2 operator:- number:.5'],
    ['a*-1', 'word:a operator:* operator:- number:1'],
    ['a@-1', 'word:a operator:@- number:1'],
    ['a<>b<=c->>d', 'word:a operator:<> word:b operator:<= word:c operator:->> word:d'],
    ['a+/* c */b', 'word:a operator:+ comment:/* c */ word:b'],
    ['a+--c\nb', 'word:a operator:+ comment:--c word:b'],
    [
      'a::b[1:2] := c => d',
      'word:a punctuation::: word:b punctuation:[ number:1 punctuation:: number:2 punctuation:] operator::= word:c operator:=> word:d',
    ],
    ['a;;b', 'word:a semicolon:; semicolon:; word:b'],
    ['/* a /* b */ c */d', 'comment:/* a /* b */ c */ word:d'],
    ['/*/**/*/d', 'comment:/*/**/*/ word:d'],
    ['-- a\r\nb --', 'comment:-- a word:b comment:--'],
    ["'a'\n'b'", "string:'a' string:'b'"],
    ["'open", "broken:'open"],
    ["'open''", "broken:'open''"],
    ["E'open\\'", "broken:E'open\\'"],
    ["E'a'\n'b\\'c'", "broken:E'a'\n'b\\'c'"],
    ["E'a' -- x\n 'b'", "broken:E'a' -- x\n 'b'"],
    ['"open', 'broken:"open'],
    ['a /* /* */', 'word:a broken:/* /* */'],
    ['a $$ b $', 'word:a broken:$$ b $'],
    ['$a b', 'broken:$a b'],
    ['$', 'broken:$'],
    ['1into t', 'broken:1into t'],
    ['1e', 'broken:1e'],
    ['0xg', 'number:0xg'],
    ['$1a', 'broken:$1a'],
    ['a \0 b', 'word:a broken:\0 b'],
    ['a {b}', 'word:a broken:{b}'],
    ['\\d', 'broken:\\d'],
  ])('%j', (text, expected) => expect(shown(text)).toBe(expected))

  it('cover the text without a gap, whatever it is, and each is longer than nothing', () => {
    const character = fc.oneof(
      fc.constantFrom(
        "'",
        '"',
        '$',
        '-',
        '/',
        '*',
        ';',
        'e',
        'E',
        'u',
        'U',
        'b',
        'x',
        '&',
        '\\',
        '\n',
        '\r',
        ' ',
        'a',
        '_',
        '1',
        '0',
        '.',
        ':',
        '+',
        '~',
        '(',
        ')',
      ),
      fc.nat({max: 0xffff}).map(code => String.fromCharCode(code)),
    )
    fc.assert(
      fc.property(
        fc.array(character).map(all => all.join('')),
        text => {
          let at = 0
          for (const {kind, start, end} of spansOf(text)) {
            expect(start).toBe(at)
            expect(end).toBeGreaterThan(start)
            if (kind === 'broken') expect(end).toBe(text.length)
            at = end
          }
          expect(at).toBe(text.length)
        },
      ),
      {numRuns: 500},
    )
  })

  it('white space is what PostgreSQL takes for it', () => {
    expect([' ', '\t', '\n', '\v', '\f', '\r'].every(character => isSpace(character.charCodeAt(0)))).toBe(true)
    expect(['\0', '\u00a0', '\u2003', '\ufeff', 'a'].some(character => isSpace(character.charCodeAt(0)))).toBe(false)
    expect(isSpace(NaN)).toBe(false)
  })
})

interface Scanner {
  readonly scanSync: (text: string) => {
    readonly tokens: readonly {readonly start: number; readonly end: number; readonly tokenName: string}[]
  }
}

describe('against the scanner of PostgreSQL 18', () => {
  let scanner: Scanner

  beforeAll(async () => {
    const {loadModule, scanSync} = await import('libpg-query')
    await loadModule()
    scanner = {scanSync}
  })

  const piece = fc.constantFrom(
    'select',
    'e',
    'u',
    'u&',
    'b',
    'x',
    "'a'",
    "'",
    "''",
    '"',
    '"a"',
    '$',
    '$$',
    '$a$',
    '$1',
    '--',
    '\n',
    ' ',
    ' ',
    '/*',
    '*/',
    '/',
    '*',
    '+',
    '-',
    '@',
    '<',
    '>',
    '=',
    '!',
    '|',
    '\\',
    '1',
    '1.5',
    '.',
    '0x1f',
    '_',
    'e5',
    ';',
    ':',
    '::',
    '(',
    ')',
    ',',
    '[',
    ']',
  )

  function scanned(text: string): readonly string[] | null {
    try {
      return scanner
        .scanSync(text)
        .tokens.filter(({tokenName}) => !/COMMENT/.test(tokenName))
        .map(({start, end}) => text.slice(start, end))
    } catch {
      return null
    }
  }

  it('splits in the same places', () => {
    let compared = 0
    fc.assert(
      fc.property(fc.array(piece, {maxLength: 12}), pieces => {
        const text = pieces.join('')
        const ours = spansOf(text)
        const theirs = scanned(text)
        if (ours.some(({kind}) => kind === 'broken')) return
        // A string that goes on in the next line is one token there and two here; `..` is one there.
        if (theirs === null || /'\s*(--.*\s*)*\n\s*'/.test(text) || text.includes('..')) return
        compared += 1
        expect(
          ours.filter(({kind}) => kind !== 'space' && kind !== 'comment').map(({start, end}) => text.slice(start, end)),
        ).toEqual(theirs)
      }),
      {numRuns: 3_000},
    )
    expect(compared).toBeGreaterThan(300)
  })
})
