// Screens against their golden files, beside this one. UPDATE_GOLDEN=1 rewrites them; read the difference before you
// commit it. For tests only.
import {readFileSync, writeFileSync} from 'node:fs'
import {describe, expect, it} from 'vitest'
import {plainTheme, type Paint, type Theme} from '../../src/report/theme.ts'

const red: Paint = text => (text === '' ? '' : `\u001b[31m${text}\u001b[39m`)
const painted: Theme = {ok: red, fail: red, warn: red, hint: red, dim: red, strong: red}

/** Registers the tests of screens, each under the name of its file. */
export function holdGolden(screens: Readonly<Record<string, (theme: Theme) => string>>): void {
  describe.each(Object.entries(screens))('%s', (name, screen) => {
    it('is what the golden file holds', () => {
      const file = new URL(name, import.meta.url)
      const text = screen(plainTheme)
      if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, text)
      expect(text).toBe(readFileSync(file, 'utf8'))
    })

    it('says the same in colour', () => {
      expect(
        screen(painted)
          .replace(/\u001b\[\d+m/g, '')
          .replace(/ +$/gm, ''),
      ).toBe(screen(plainTheme))
    })
  })
}
