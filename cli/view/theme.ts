// Colours of the terminal, and when to use them. PURE. Invariant: every paint is closed, so colour never runs into the
// next word. Meaning: green ok, red fail, yellow warning, cyan hint. Not here: what is painted (src/report/to-text.ts,
// the views).
import {plainTheme, type Paint, type Theme} from '../../src/report/theme.ts'

export interface ColourChoice {
  /** Is the stream that is written to a terminal? */
  readonly isTTY: boolean
  readonly noColorFlag: boolean
  /** Value of NO_COLOR; any text but the empty one switches colour off (no-color.org). */
  readonly NO_COLOR: string | undefined
  readonly TERM: string | undefined
}

export function colourWanted({isTTY, noColorFlag, NO_COLOR, TERM}: ColourChoice): boolean {
  return isTTY && !noColorFlag && (NO_COLOR ?? '') === '' && TERM !== 'dumb'
}

/** SGR codes from the sixteen every terminal has, so that the person's own palette decides how they look. */
function sgr(on: number, off: number): Paint {
  return text => (text === '' ? '' : `\u001b[${on}m${text}\u001b[${off}m`)
}

export const ansiTheme: Theme = {
  ok: sgr(32, 39),
  fail: sgr(31, 39),
  warn: sgr(33, 39),
  hint: sgr(36, 39),
  dim: sgr(2, 22),
  strong: sgr(1, 22),
}

export function chooseTheme(choice: ColourChoice): Theme {
  return colourWanted(choice) ? ansiTheme : plainTheme
}
