// The runbooks that come with hl, or one of a person's own, and what they are held against. Errors: USAGE for a name
// that is none. Not here: what they say (parse-runbook.ts).
import {existsSync, readFileSync, readdirSync} from 'node:fs'
import {join} from 'node:path'
import {packageRoot} from '../lab/lifecycle/package-files.ts'
import {hint} from '../model/command-hint.ts'
import {HlError, messageOf} from '../model/errors.ts'
import type {TextFile} from './lint-runbooks.ts'
import {parseRunbook, type ParsedRunbook} from './parse-runbook.ts'

/** All of them, in order of their names. */
export function allRunbooks(): readonly ParsedRunbook[] {
  return packageFiles('runbooks', '.md').map(({path, text}) => parseRunbook(path, text))
}

/** Files of the package's folder, their paths with `/` and relative to it. */
export function packageFiles(folder: string, ending: string): readonly TextFile[] {
  const root = packageRoot()
  return readdirSync(join(root, folder))
    .filter(name => name.endsWith(ending))
    .toSorted()
    .map(name => ({path: `${folder}/${name}`, text: readFileSync(join(root, folder, name), 'utf8')}))
}

export interface FoundRunbook extends ParsedRunbook {
  /** As it stands in its file. */
  readonly markdown: string
}

/** By its name, or by the path of a file of one's own, which ends in .md. */
export function findRunbook(nameOrPath: string): FoundRunbook {
  const isPath = nameOrPath.endsWith('.md') || nameOrPath.includes('/')
  if (isPath) return fromFile(nameOrPath)
  const path = `runbooks/${nameOrPath}.md`
  const found = packageFiles('runbooks', '.md').find(file => file.path === path)
  if (found !== undefined) return {...parseRunbook(path, found.text), markdown: found.text}
  throw new HlError('USAGE', `no runbook is called "${nameOrPath}"`, {
    next: [hint('runbooks list', {why: 'lists them; one of your own is given by its path'})],
  })
}

function fromFile(path: string): FoundRunbook {
  const next = ['check the path', hint('runbooks list', {why: 'lists those that come with hl'})]
  if (!existsSync(path)) throw new HlError('USAGE', `there is no file ${path}`, {next})
  let markdown: string
  try {
    markdown = readFileSync(path, 'utf8')
  } catch (error) {
    throw new HlError('USAGE', `${path} cannot be read: ${messageOf(error)}`, {next, cause: error})
  }
  return {...parseRunbook(path, markdown), markdown}
}

/** The runbook, where nothing is wrong with it; USAGE names each line otherwise. */
export function soundRunbook(nameOrPath: string): FoundRunbook {
  const found = findRunbook(nameOrPath)
  if (found.problems.length === 0) return found
  const lines = found.problems.map(({file, line, problem}) => `  ${file}:${line}: ${problem}`)
  throw new HlError('USAGE', `${nameOrPath} cannot be followed:\n${lines.join('\n')}`, {
    next: ['correct the file', hint('runbooks lint', {why: 'checks all that come with hl'})],
  })
}
