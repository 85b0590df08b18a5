import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {ansiTheme} from './view/theme.ts'
import {printableJson, printableLines} from '../src/report/printable.ts'

describe('text of several lines', () => {
  it.each([
    ['keeps newlines, tabs and our own colours', `a\n\tb ${ansiTheme.fail('c')}`, `a\n\tb ${ansiTheme.fail('c')}`],
    ['writes no title', '\u001b]0;owned\u0007', '\ufffd]0;owned\ufffd'],
    ['moves no cursor and hides nothing', '\u001b[2J\u001b[8m', '\ufffd[2J\ufffd[8m'],
    ['obeys no C1 control either', '\u009b2J', '\ufffd2J'],
    ['goes back to no beginning of a line', 'ok\rno', 'ok\ufffdno'],
    ['knows the line ends of other systems', 'a\r\nb', 'a\nb'],
    ['reorders nothing', 'a\u202eb', 'a\ufffdb'],
  ])('%s', (_what, text, shown) => expect(printableLines(text)).toBe(shown))

  it('has every colour that the theme has', () => {
    for (const paint of Object.values(ansiTheme) as ((text: string) => string)[])
      expect(printableLines(paint('x'))).toBe(paint('x'))
  })
})

it('JSON means what it meant, and no terminal obeys it', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({min: 0, max: 0x2100})), codes => {
      const whole = JSON.stringify([String.fromCharCode(...codes), '\u009b2J\u202e\u007f'])
      const shown = printableJson(whole)
      expect(JSON.parse(shown)).toEqual(JSON.parse(whole))
      expect(shown).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/)
    }),
  )
})
