// What is around a statement, and the hints in it. Invariant under test: a key means what its text means.
import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {loadLibpgQuery} from './load-parser.ts'
import {hintOf, statementKey, withoutHint} from './statement-key.ts'

describe('statementKey', () => {
  it.each([
    ['SELECT 1', 'SELECT 1'],
    ['', ''],
    ['-1', '-1'],
    ['  \n SELECT 1\t', 'SELECT 1'],
    ['SELECT 1;', 'SELECT 1'],
    ['SELECT 1 ; ;\n', 'SELECT 1'],
    ['SELECT 1; SELECT 2;', 'SELECT 1; SELECT 2'],
    ['; SELECT 1', '; SELECT 1'],
    ['/* a */ SELECT 1 /* b */', 'SELECT 1'],
    ['/* a /* b */ c */SELECT 1/* d */ /* e */;', 'SELECT 1'],
    ['SELECT 1 /* a /* b */ c */', 'SELECT 1'],
    [
      "SELECT 1 /*traceparent='00-5bd66ef5095369c7b0d1f8f4bd33716a-c532cb4098ac3dd2-01',route='%2Fpolls%201000'*/",
      'SELECT 1',
    ],
    ['-- a\n-- b\r\nSELECT 1', 'SELECT 1'],
    ['SELECT 1 -- a', 'SELECT 1'],
    ['SELECT 1 -- a;\n/* b */ -- c', 'SELECT 1'],
    ['SELECT 1 -- a\n, 2', 'SELECT 1 -- a\n, 2'],
    ['SELECT /* a */ 1', 'SELECT /* a */ 1'],
    ["SELECT '--'", "SELECT '--'"],
    ["SELECT '-- a' -- b", "SELECT '-- a'"],
    ["SELECT '\n--', 1", "SELECT '\n--', 1"],
    ["SELECT '/*', nextval('s') --*/", "SELECT '/*', nextval('s')"],
    ["SELECT 1 -- /*\n, nextval('s') --*/", "SELECT 1 -- /*\n, nextval('s')"],
    ['SELECT $$ /* $$ -- */', 'SELECT $$ /* $$'],
    ['/* open', '/* open'],
    ["SELECT 'open -- */ ", "SELECT 'open -- */ "],
    ['/* only */', ''],
    [' ;; ', ''],
    ['--', ''],
    ['SELECT 1 /**/', 'SELECT 1'],
    ['SELECT 1 /* a /* b */**/', 'SELECT 1'],
    ['SELECT 2 /*/', 'SELECT 2 /*/'],
  ])('%j', (text, key) => expect(statementKey(text)).toBe(key))

  it.each([
    ['/* hl: primary */ SELECT 1', 'primary', 'SELECT 1'],
    ['/*hl:primary*/SELECT 1', 'primary', 'SELECT 1'],
    ['/* HL:  Standby */\nSELECT 1;', 'standby', 'SELECT 1'],
    ['SELECT 1 /* hl: standby */', 'standby', 'SELECT 1'],
    ['SELECT 1 /* hl:standby */ /* traceparent=1 */;', 'standby', 'SELECT 1'],
    ['/* app */ /* hl: primary */ SELECT 1', 'primary', 'SELECT 1'],
    ['SELECT 1 -- hl: primary', 'primary', 'SELECT 1'],
    ['-- hl: standby\nSELECT 1', 'standby', 'SELECT 1'],
    ['/* hl: standby */ SELECT 1 /* hl: primary */', 'primary', 'SELECT 1'],
    ['/* hl: primary */ SELECT 1 /* hl: standby */', 'primary', 'SELECT 1'],
    ['/* hl: standby */ /* hl: primary */ /* hl: standby */ SELECT 1', 'primary', 'SELECT 1'],
    ['SELECT 1 /* hl: standby */ -- /* hl: primary */', 'standby', 'SELECT 1'],
    ['SELECT /* hl: primary */ 1', null, 'SELECT /* hl: primary */ 1'],
    ["SELECT '/* hl: primary */'", null, "SELECT '/* hl: primary */'"],
    ['/* hl: primary please */ SELECT 1', null, 'SELECT 1'],
    ['/* hl: replica */ SELECT 1', null, 'SELECT 1'],
    ['/* xhl: primary */ SELECT 1', null, 'SELECT 1'],
    ['/* hl primary */ SELECT 1', null, 'SELECT 1'],
  ])('%j has the hint %s', (text, hint, statement) => {
    const key = statementKey(text)
    expect(hintOf(key)).toBe(hint)
    expect(withoutHint(key)).toBe(statement)
    expect(statementKey(key)).toBe(key)
  })

  it('keeps hints apart', () => {
    const keys = ['SELECT 1', '/* hl: primary */ SELECT 1', '/* hl: standby */ SELECT 1'].map(statementKey)
    expect(new Set(keys).size).toBe(3)
  })

  it('gives the same for everything around a statement, and once stripped nothing more', () => {
    const statement = fc.constantFrom(
      'SELECT 1',
      "SELECT '/*' || '--'",
      'SELECT $$ -- $$ -- x\n, 2',
      'SELECT "a;--b"',
      "UPDATE t SET a = E'\\'--'",
      'SELECT 1 -- a\n /* b */ + 1',
    )
    const around = fc.array(
      fc.constantFrom(
        ' ',
        '\n',
        '/* c */',
        '/* -- */',
        '/* a /* b */ */',
        '-- d\n',
        "/*k='v%27'*/",
        "-- '\n",
        '/**/',
        '-- */\n',
        '-- /*\n',
      ),
    )
    const behind = fc.array(
      fc.constantFrom(
        ' ',
        '\n',
        ';',
        '/* c */',
        '/* -- */',
        '/* a /* b */ */',
        '-- d\n',
        "/*k='v%27'*/",
        "-- '\n",
        '/**/',
        '-- */\n',
        '-- /*\n',
      ),
    )
    fc.assert(
      fc.property(statement, around, behind, (text, before, after) => {
        const key = statementKey(`${before.join('')}${text}\n${after.join('')}`)
        expect(key).toBe(text)
        expect(statementKey(key)).toBe(key)
      }),
      {numRuns: 1_000},
    )
  })

  it('never throws, and is the text itself or a part of it', () => {
    const texts = fc
      .array(
        fc.oneof(
          fc.constantFrom('/*', '*/', '--', '\n', "'", '"', '$$', ';', ' ', 'a', 'hl: primary', "E'", '\\'),
          fc.string({maxLength: 3}),
        ),
      )
      .map(all => all.join(''))
    fc.assert(fc.property(texts, text => text.includes(withoutHint(statementKey(text)))))
  })

  it('means what the text means: PostgreSQL gives the same tree for both', async () => {
    const parse = await loadLibpgQuery()
    const treeOf = (text: string): unknown => {
      try {
        return JSON.stringify(text === '' ? {stmts: []} : parse?.(text), (field, value: unknown) =>
          /^(version|location|stmt_location|stmt_len|list_start|list_end)$/.test(field) ? undefined : value,
        )
      } catch {
        return null
      }
    }
    const piece = fc.constantFrom(
      '/*',
      '*/',
      '--',
      '\n',
      '\r',
      "'",
      "'",
      '"',
      '$$',
      ';',
      ' ',
      'x',
      '1',
      ',',
      '*',
      '/',
      '-',
      "E'",
      '\\',
      '/* hl: primary */',
      '/* c */',
      '-- d\n',
    )
    const texts = fc
      .tuple(
        fc.array(piece, {maxLength: 3}),
        fc.constantFrom('SELECT 1', 'SELECT ', "SELECT '/*',", 'SELECT 1 -- /*\n', 'SELECT 1 /* a'),
        fc.array(piece, {maxLength: 8}),
      )
      .map(([before, text, behind]) => `${before.join('')}${text}${behind.join('')}`)
    let compared = 0
    fc.assert(
      fc.property(texts, text => {
        const tree = treeOf(text)
        if (tree === null || text.includes('\0')) return
        compared += 1
        expect(treeOf(withoutHint(statementKey(text)))).toBe(tree)
      }),
      {numRuns: 3_000},
    )
    expect(compared).toBeGreaterThan(100)
  })
})
