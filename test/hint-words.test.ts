// A command that a text tells people to type names its lab: without it, whoever works on another lab is sent to the
// default one. Not here: that hinted commands and flags exist (cli/command-surface.test.ts).
import ts from 'typescript'
import {expect, it} from 'vitest'
import {hintedCommands} from '../src/model/command-hint.ts'
import {readSources} from './architecture/read-sources.ts'
import {isKey, isTest, parse, walk} from './architecture/source.ts'

const ofLabs = Object.entries(hintedCommands).flatMap(([command, {lab}]) => (lab ? [command] : []))
// --leftovers is about every lab.
const command = new RegExp(`\\bhl (${ofLabs.join('|')})\\b(?!.*--(lab|leftovers))`)

/** Properties whose text is no hint: who holds a lock, and what --help shows of every lab. */
const noHints: ReadonlySet<string> = new Set(['what', 'summary'])
/** Commands that a newcomer begins with. */
const overview = 'cli/view/overview-screen.ts'

function textsOf(path: string, text: string): readonly string[] {
  const texts: string[] = []
  walk(parse(path, text), node => {
    if (!ts.isStringLiteralLike(node) && !ts.isTemplateExpression(node)) return
    const {parent} = node
    if (isKey(node)) return
    const isNamed =
      ts.isPropertyAssignment(parent) || ts.isPropertyDeclaration(parent) || ts.isVariableDeclaration(parent)
    const named = isNamed ? parent.name.getText() : ''
    if (!noHints.has(named)) texts.push(node.getText())
  })
  return texts
}

const withoutLab = (path: string, text: string): readonly string[] =>
  textsOf(path, text)
    .filter(one => command.test(one))
    .map(one => `${path}: ${one}`)

it.each([
  ["const next = ['take one: hl backups create']", 1],
  ['const text = `again: hl copy drop ${name}`', 1],
  ['const text = `hl copy drop --lab ${lab} takes it away`', 0],
  ["const lock = {what: 'hl copy drop'}", 0],
])('finds the lab missing: %s', (text, count) => {
  expect(withoutLab('src/a.ts', text)).toHaveLength(count)
})

it('no text names a command of a lab without its lab', () => {
  const found = [...readSources(['src/**/*.ts', 'cli/**/*.ts'])]
    .filter(([path]) => !isTest(path) && path !== overview)
    .flatMap(([path, text]) => withoutLab(path, text))
  expect(found).toEqual([])
})
