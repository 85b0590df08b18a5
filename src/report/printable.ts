// Text that came from servers and files, made safe to lay out: no control characters, known width, cut and wrapped by
// columns.
// Invariant: what leaves here has no escape sequence and no line break that we did not put there. Not here: markup
// (markup.ts, escape-markdown.ts).

// C0, DEL, C1, line and paragraph separators, and the marks that reorder text on screen: a server's message must not
// repaint a terminal.
const unprintable = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]+/g
const lineBreaks = /[\r\n\t\u2028\u2029]+/g

/**
 * One line without control characters: breaks become a space, everything else unprintable the replacement character.
 */
export function printable(text: string): string {
  return text.replace(lineBreaks, ' ').replace(unprintable, '\ufffd')
}

// What paints put on (cli/view/theme.ts), and no other sequence: these move nothing and write no title.
const paints = /(\u001b\[(?:1|2|22|31|32|33|36|39)m)/
const unprintableButBreaks =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]+/g

/** Text of several lines: newlines, tabs and our own colours stay, everything else unprintable is replaced. */
export function printableLines(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .split(paints)
    .map((part, index) => (index % 2 === 1 ? part : part.replace(unprintableButBreaks, '\ufffd')))
    .join('')
}

/** JSON that means the same: what JSON.stringify leaves as it is, and a terminal obeys or is fooled by, is escaped. */
export function printableJson(json: string): string {
  return json.replace(
    /[\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
    char => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

const zeroWidth = /^[\p{Mn}\p{Me}\u200b-\u200d\ufe00-\ufe0f]$/u
const doubleWidth =
  /^[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]$/u

function charWidth(char: string): number {
  if (zeroWidth.test(char)) return 0
  return doubleWidth.test(char) ? 2 : 1
}

/** Columns that the text takes in a terminal: marks take none, East Asian wide characters and emoji two. */
export function displayWidth(text: string): number {
  let width = 0
  for (const char of text) width += charWidth(char)
  return width
}

export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - displayWidth(text)))
}

export function padStart(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - displayWidth(text))) + text
}

/** Cuts to `width` columns; a cut shows as an ellipsis. */
export function fit(text: string, width: number): string {
  if (displayWidth(text) <= width) return text
  if (width <= 0) return ''
  let kept = ''
  let used = 0
  for (const char of text) {
    if (used + charWidth(char) > width - 1) break
    kept += char
    used += charWidth(char)
  }
  return `${kept.trimEnd()}…`
}

/** Breaks at spaces into lines of at most `width` columns; a longer word stays whole, so that it can be copied. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ').filter(part => part !== '')) {
    if (line !== '' && displayWidth(line) + 1 + displayWidth(word) > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  if (line !== '' || lines.length === 0) lines.push(line)
  return lines
}
