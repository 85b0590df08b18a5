// Finds the `hl …` commands that error messages and hints tell people to type. Pure. Not here: what the commands are
// (runbooks.test.ts asks them).
import ts from 'typescript'
import {commandsIn, type Documented} from '../../src/runbooks/commands-in.ts'
import {isKey, isTest, parse, walk, type Sources} from './source.ts'

export interface Hint {
  readonly at: string
  /**
   * From the whole text down to the bare command: prose may follow a command, a flag or a placeholder may not be cut
   * off.
   */
  readonly readings: readonly Documented[]
}

/**
 * Strings of the code with a command in them: at the start of a line, after a colon, after "or", or between backticks.
 */
export function hintsIn(sources: Sources): readonly Hint[] {
  return [...sources]
    .filter(([path]) => !isTest(path))
    .flatMap(([path, text]) => {
      const file = parse(path, text)
      const found: Hint[] = []
      walk(file, node => {
        if (!ts.isStringLiteralLike(node) && !ts.isTemplateExpression(node)) return
        if (isKey(node) || isHolder(node)) return
        const at = `${path}:${file.getLineAndCharacterOfPosition(node.getStart()).line + 1}`
        for (const command of commandTexts(textOf(node))) found.push({at, readings: readingsOf(command)})
      })
      return found.filter(hint => hint.readings.length > 0)
    })
}

/** Who holds a lock. */
const isHolder = ({parent}: ts.Node): boolean => ts.isPropertyAssignment(parent) && parent.name.getText() === 'what'

/**
 * The string with `<x>` for what is put in when it runs; what is glued to a word (`${seed}${moreFlags}`) may be nothing
 * and is left out.
 */
function textOf(node: ts.StringLiteralLike | ts.TemplateExpression): string {
  if (!ts.isTemplateExpression(node)) return node.text
  return node.templateSpans.reduce(
    (text, span) => `${text}${/[\w>]$/.test(text) ? '' : '<x>'}${span.literal.text}`,
    node.head.text,
  )
}

function commandTexts(text: string): readonly string[] {
  const ticked = [...text.matchAll(/`(hl [^`]+)`/g)].map(match => match[1] ?? '')
  const plain = text
    .split(/\n|: |,? or |; |, /)
    .map(part => part.trim())
    .filter(part => part.startsWith('hl '))
  return [...ticked, ...plain]
}

function readingsOf(text: string): readonly Documented[] {
  const [whole] = commandsIn(`\`${text.replace(/\)+$/, '')}\``)
  if (whole === undefined || /^[-<]/.test(whole.words[0] ?? '')) return []
  const shortest =
    Math.max(
      0,
      whole.words.findLastIndex(word => /^[-<]/.test(word)),
    ) + 1
  return Array.from({length: whole.words.length - shortest + 1}, (_, cut) => ({
    ...whole,
    words: whole.words.slice(0, whole.words.length - cut),
  }))
}
