// Finds the files that the rules are held against. Not here: any rule.
import {globSync, readFileSync} from 'node:fs'
import {fileURLToPath} from 'node:url'
import type {Sources} from './source.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** Files of the package that match, relative paths with `/`, to their texts; sorted. */
export function readSources(patterns: readonly string[]): Sources {
  const paths = globSync([...patterns], {cwd: root})
    .map(path => path.replaceAll('\\', '/'))
    .sort()
  return new Map(paths.map(path => [path, readFileSync(`${root}${path}`, 'utf8')]))
}
