// What to read with a page: the runbook, the files of the run, the words. Invariant: a link leads to a path that the
// caller made (page-links.ts) and names what it leads to, so that a page that was mailed away says it all the same. Not
// here: which runbook (scenario-runbooks.ts), what the words mean (glossary.ts).
import type {Report} from '../model/report.ts'
import {termsIn} from './glossary.ts'
import {factsTable, table} from './html-tables.ts'
import {element, type Child, type Markup} from './markup.ts'
import {runbooksOf} from './scenario-runbooks.ts'

/** Where a page finds what it names, as paths from where it lies. What is not there is shown and leads nowhere. */
export interface PageLinks {
  /** By the names of `Report.files`. */
  readonly files: Readonly<Record<string, string>>
  /** The folder of the runbooks. */
  readonly runbooks: string | null
}

export const noLinks: PageLinks = {files: {}, runbooks: null}

function linked(text: string, href: string | null | undefined): Child {
  return href === null || href === undefined ? text : element('a', {href}, text)
}

export function readingSection(report: Report, {files, runbooks}: PageLinks): Child {
  const books = runbooksOf(report).map(
    ({of, file}) => [of, linked(`runbooks/${file}`, runbooks === null ? null : `${runbooks}/${file}`)] as const,
  )
  const stored = Object.entries(report.files).map(([name, path]) => [name, linked(path, files[name])] as const)
  if (books.length + stored.length === 0) return []
  return element(
    'section',
    {},
    element('h2', {}, 'Read on'),
    books.length === 0 ? [] : factsTable('Runbooks', books),
    stored.length === 0 ? [] : factsTable('Files of the run', stored),
  )
}

/** The words that the rest of the page uses, folded. */
export function wordsSection(rest: Markup): Child {
  const terms = termsIn(rest.markup.replace(/<[^>]*>/g, ' '))
  if (terms.length === 0) return []
  return element(
    'section',
    {},
    element(
      'details',
      {},
      element('summary', {}, `Words (${terms.length})`),
      table(
        [{name: 'word', className: 'tight'}, {name: 'means'}],
        terms.map(({word, says}) => [word, says]),
      ),
    ),
  )
}
