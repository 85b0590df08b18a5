// Finds the `hl …` commands that error messages and hints tell people to type. Pure. Not here: what the commands are (runbooks.test.ts asks them).
import ts from 'typescript'
import {commandsIn, type Documented} from './documented-commands.ts'
import {isTest, parse, walk, type Sources} from './source.ts'

export interface Hint {
  readonly at: string
  /** From the whole text down to the bare command: prose may follow a command, a flag or a placeholder may not be cut off. */
  readonly readings: readonly Documented[]
}

/** Strings under a property called next, fix, command or hint that begin with `hl `, or hold it after a colon or between backticks. */
export function hintsIn(sources: Sources): readonly Hint[] {
  return [...sources].filter(([path]) => !isTest(path)).flatMap(([path, text]) => {
    const file = parse(path, text)
    const found: Hint[] = []
    walk(file, node => {
      if (!isHintProperty(node)) return
      walk(node, inner => {
        if (!ts.isStringLiteralLike(inner) && !ts.isTemplateExpression(inner)) return
        const at = `${path}:${file.getLineAndCharacterOfPosition(inner.getStart()).line + 1}`
        for (const command of commandTexts(textOf(inner))) found.push({at, readings: readingsOf(command)})
      })
    })
    return found.filter(hint => hint.readings.length > 0)
  })
}

const isHintProperty = (node: ts.Node): boolean => ts.isPropertyAssignment(node) && /^(next|fix|command|hint)$/.test(node.name.getText())

/** The string with `<x>` for what is put in when it runs. */
function textOf(node: ts.StringLiteralLike | ts.TemplateExpression): string {
  return ts.isTemplateExpression(node) ? node.head.text + node.templateSpans.map(span => `<x>${span.literal.text}`).join('') : node.text
}

function commandTexts(text: string): readonly string[] {
  const ticked = [...text.matchAll(/`(hl [^`]+)`/g)].map(match => match[1] ?? '')
  const plain = /(?:^|: )(hl .+)$/.exec(text)?.[1]
  return plain === undefined ? ticked : [...ticked, plain]
}

function readingsOf(text: string): readonly Documented[] {
  const [whole] = commandsIn(`\`\`\`\n${text}\n\`\`\``)
  if (whole === undefined || /^[-<]/.test(whole.words[0] ?? '')) return []
  const lengths = whole.words.map((_, index) => whole.words.length - index).filter(length => !/^[-<]/.test(whole.words[length] ?? ''))
  return lengths.map(length => ({...whole, words: whole.words.slice(0, length)}))
}
