// Rules over single files: names that say nothing, size, length of functions; scenarios that no document
// mentions. Pure. Not here: the tables.
import ts from 'typescript'
import {isTest, parse, walk, type Sources} from './source.ts'

const emptyNames = new Set(['utils', 'util', 'helpers', 'helper', 'common', 'types', 'misc', 'shared', 'lib'])

/** A drawer is a file or folder whose name says nothing about what is in it. */
export function nameViolations(sources: Sources): readonly string[] {
  return [...sources.keys()]
    .filter(path =>
      path
        .split('/')
        .slice(1)
        .some(part => emptyNames.has(part.replace(/(\.test)?\.ts$/, ''))),
    )
    .map(path => `${path}: a name that says nothing`)
}

/**
 * Files above their limit, and exceptions that are larger than needed: the ratchet only goes down.
 * An exception is a file's own limit in lines.
 */
export function sizeViolations(
  sources: Sources,
  limitOf: (path: string) => number,
  exceptions: Readonly<Record<string, number>>,
): readonly string[] {
  return [...sources]
    .filter(([path]) => !isTest(path))
    .flatMap(([path, text]) => {
      const lines = text.trimEnd().split('\n').length
      const exception = exceptions[path]
      if (exception === undefined)
        return lines > limitOf(path) ? [`${path}: ${lines} lines, at most ${limitOf(path)}`] : []
      if (lines <= limitOf(path)) return [`${path}: the exception is not needed any more`]
      return lines > exception ? [`${path}: ${lines} lines, its exception allows ${exception}`] : []
    })
    .concat(
      Object.keys(exceptions)
        .filter(path => !sources.has(path))
        .map(path => `${path}: the exception names no file`),
    )
}

/** Functions longer than `max` lines, from the brace to the brace. */
export function functionViolations(sources: Sources, max: number): readonly string[] {
  return [...sources]
    .filter(([path]) => !isTest(path))
    .flatMap(([path, text]) => {
      const file = parse(path, text)
      const found: string[] = []
      walk(file, node => {
        if (!isFunctionWithBody(node)) return
        const first = file.getLineAndCharacterOfPosition(node.getStart()).line
        const lines = file.getLineAndCharacterOfPosition(node.getEnd()).line - first + 1
        if (lines > max) found.push(`${path}:${first + 1}: a function of ${lines} lines, at most ${max}`)
      })
      return found
    })
}

function isFunctionWithBody(node: ts.Node): boolean {
  return (
    ts.isFunctionDeclaration(node) ||
    ts.isFunctionExpression(node) ||
    ts.isArrowFunction(node) ||
    ts.isMethodDeclaration(node) ||
    ts.isConstructorDeclaration(node)
  )
}

/** Names that no document mentions as code: between backticks, or as the value of --scenario. */
export function undocumented(names: readonly string[], documents: readonly string[]): readonly string[] {
  return names
    .filter(name => !documents.some(text => new RegExp(`\`${name}\`|--scenario ${name}(?![\\w-])`).test(text)))
    .map(name => `${name} is mentioned in no document`)
}
