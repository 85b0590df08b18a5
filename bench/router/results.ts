// What was measured, kept: one entry per part with its own conditions, so that one part can be measured anew without
// the others. Written after each part.
import {existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs'
import {conditionsText, type Conditions} from './conditions.ts'
import {markdownTable} from './format.ts'
import type {Findings} from './part.ts'

interface Entry extends Findings {
  readonly conditions: Conditions
}

type Entries = Readonly<Record<string, Entry>>

/** Of one benchmark: what its two files are called, and the heading. */
export interface Book {
  readonly file: string
  readonly title: string
}

const folder = new URL('../results/', import.meta.url)
const routerBook: Book = {file: 'router', title: 'The router in figures'}

/** `order`: the names of all parts, as they are to be read. */
export function keep(
  name: string,
  findings: Findings,
  conditions: Conditions,
  order: readonly string[],
  {file, title}: Book = routerBook,
): void {
  const [jsonFile, markdownFile] = [new URL(`${file}.json`, folder), new URL(`${file}.md`, folder)]
  const before: Entries = existsSync(jsonFile) ? (JSON.parse(readFileSync(jsonFile, 'utf8')) as Entries) : {}
  const all: Entries = {
    ...before,
    [name]: {...findings, conditions: {...conditions, versions: {...findings.versions, ...conditions.versions}}},
  }
  const entries = order.flatMap(part => (all[part] === undefined ? [] : [[part, all[part]] as const]))
  mkdirSync(folder, {recursive: true})
  writeFileSync(jsonFile, `${JSON.stringify(Object.fromEntries(entries))}\n`)
  writeFileSync(markdownFile, `# ${title}\n\n${entries.map(([part, entry]) => sectionOf(part, entry)).join('\n')}`)
}

function sectionOf(part: string, {tables, conditions}: Entry): string {
  return [`## ${part}\n\n${conditionsText(conditions)}\n`, ...tables.map(markdownTable)].join('\n')
}
