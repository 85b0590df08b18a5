// PURE: what the answers of a restored server say of it. Invariants: only what PostgreSQL calls damage fails; a
// question that could not be asked, or an answer that may have been the same before the backup, is unknown, with the
// reason; a check says what was looked at. Not here: the questions (server-questions.ts), asking (verify-restored.ts).
import {worst, type Check, type Verdict} from '../../model/verdict.ts'
import {plural} from '../../model/quantity.ts'
import type {DatabaseSeen, PagesSeen, Problem, RowsSeen, ServerSeen} from './server-questions.ts'

/** What came of a question: the answer, or why there is none. */
export type Asked<T> = {readonly seen: T} | {readonly problem: Problem}

/** Of one database. */
export interface DatabaseAnswers {
  readonly database: string
  readonly pages: Asked<PagesSeen>
  readonly rows: Asked<RowsSeen>
  /** Its definitions could be dumped. */
  readonly definitions: Asked<null>
}

const roles = [
  'hl_app',
  'hl_backup',
  'hl_migrations',
  'hl_monitoring',
  'hl_readonly',
  'postgres',
  'replicator',
  'rewind',
]
const shown = 5

/** Classes XX (data that is corrupted) and 58 (a file that cannot be read). */
const damaged = /^(?:XX|58)/
/** A library of an extension is not in this image: nothing is said of the data. */
const libraryMissing = /could not (?:access file "\$libdir|load library|find function)/
/** Of a program that tells no SQLSTATE. */
const damageWords =
  /invalid page|could not read block|checksum|data is corrupt|missing chunk|unexpected chunk|cache lookup failed|could not open file "(?:base|global)/

/** Does PostgreSQL say that bytes are not what they were? */
export function verdictOf({state, said}: Pick<Problem, 'state' | 'said'>): Verdict {
  if (libraryMissing.test(said)) return 'unknown'
  return damaged.test(state) || (state === '' && damageWords.test(said)) ? 'fail' : 'unknown'
}

/** Which databases nobody could look into; none: all were open. */
export function judgeDatabases(databases: readonly DatabaseSeen[]): readonly Check[] {
  const closed = databases.flatMap(({name, open, invalid}) =>
    invalid
      ? [`${name} is invalid: its DROP DATABASE had begun at the target; an earlier target has it`]
      : open
        ? []
        : [`${name} takes no connections (ALTER DATABASE … ALLOW_CONNECTIONS true)`],
  )
  if (closed.length === 0) return []
  return [{name: 'databases', verdict: 'unknown', detail: `nothing was looked at in them: ${some(closed)}`}]
}

/** `amcheck`, `dump-readable`, `sequences`, `not-carried`, each over all databases. */
export function judgeContents(answers: readonly DatabaseAnswers[]): readonly Check[] {
  return [judgePages(answers), judgeRows(answers), ...judgeSequences(answers), ...notCarried(answers)]
}

function judgePages(answers: readonly DatabaseAnswers[]): Check {
  const seen = answers.flatMap(({pages}) => ('seen' in pages ? [pages.seen] : []))
  const apart = [
    [sum(seen, ({others}) => others), 'indexes of other kinds than btree were not compared with their tables'],
    [sum(seen, ({invalid}) => invalid), 'invalid indexes were left out'],
  ] as const
  return judged(
    'amcheck',
    answers.flatMap(({database, pages}) => named(database, 'seen' in pages ? pages.seen.problems : [pages.problem])),
    [
      `amcheck found nothing in ${sum(seen, ({tables}) => tables)} tables and ` +
        `${sum(seen, ({indexes}) => indexes)} indexes of ${list(answers)}`,
      ...apart.flatMap(([count, what]) => (count === 0 ? [] : [`${count} ${what}`])),
    ].join('; '),
  )
}

function judgeRows(answers: readonly DatabaseAnswers[]): Check {
  const seen = answers.flatMap(({rows}) => ('seen' in rows ? [rows.seen] : []))
  return judged(
    'dump-readable',
    answers.flatMap(({database, rows, definitions}) =>
      named(database, [
        ...('seen' in rows ? rows.seen.problems : [rows.problem]),
        ...('seen' in definitions ? [] : [definitions.problem]),
      ]),
    ),
    `${sum(seen, ({rows}) => rows)} rows of ${sum(seen, ({tables}) => tables)} tables were read and the ` +
      `definitions dumped, of ${list(answers)}`,
  )
}

/**
 * A sequence behind its column gives out a number twice; whether it was so before, a backup does not say, but what was
 * recorded with it does. No check where there is none: nothing was looked at.
 */
function judgeSequences(answers: readonly DatabaseAnswers[]): readonly Check[] {
  const seen = answers.flatMap(({database, rows}) => ('seen' in rows ? [{database, ...rows.seen}] : []))
  const behind = seen.flatMap(({database, behind: each}) => each.map(text => `${database}: ${text}`))
  const problems = seen.flatMap(({database, sequenceProblems}) => named(database, sequenceProblems))
  const count = sum(seen, ({sequences}) => sequences)
  if (count === 0) return []
  if (behind.length === 0)
    return [judged('sequences', problems, `not behind their columns: ${plural(count, 'sequence')}`)]
  return [
    {
      name: 'sequences',
      verdict: worst(['unknown', ...problems.map(verdictOf)]),
      detail: `behind their columns, which they may have been before: ${some([...behind, ...problems.map(words)])}`,
    },
  ]
}

/** What a restore leaves behind by its nature: a statement, and no fault. */
function notCarried(answers: readonly DatabaseAnswers[]): readonly Check[] {
  const seen = answers.flatMap(({database, rows}) => ('seen' in rows ? [{database, ...rows.seen}] : []))
  const unlogged = seen.flatMap(each => each.unlogged.map(name => `${each.database}: ${name}`))
  const subscriptions = seen.flatMap(each => each.subscriptions.map(name => `${each.database}: ${name}`))
  const told = [
    ...(unlogged.length === 0 ? [] : [`unlogged tables are empty, their rows are in no WAL: ${some(unlogged)}`]),
    ...(subscriptions.length === 0
      ? []
      : [
          'subscriptions are enabled here as they were there, and both take from the same slots: ' +
            some(subscriptions),
        ]),
  ]
  return told.length === 0 ? [] : [{name: 'not-carried', verdict: 'pass', detail: told.join('; ')}]
}

/** `checksums`, `roles`, `own-timeline`, and `prepared-transactions` where there are. */
export function judgeServer({
  seen,
  problem,
}: {
  readonly seen?: ServerSeen
  readonly problem?: Problem
}): readonly Check[] {
  if (seen === undefined) {
    const detail = `not asked: ${problem?.said ?? 'no answer'}`
    return ['checksums', 'roles', 'own-timeline'].map(name => ({name, verdict: 'unknown', detail}))
  }
  const {checksums, checksumFailures, timeline, prepared} = seen
  const missing = roles.filter(role => !seen.roles.includes(role))
  return [
    {
      name: 'checksums',
      verdict: !checksums ? 'unknown' : checksumFailures === 0 ? 'pass' : 'fail',
      detail: checksums
        ? `${plural(checksumFailures, 'page')} failed a checksum`
        : 'data checksums are off: no page was compared with one',
    },
    {
      name: 'roles',
      verdict: missing.length === 0 ? 'pass' : 'unknown',
      detail:
        missing.length === 0
          ? `${roles.length} roles are there`
          : `missing, which they may have been before: ${missing.join(', ')}`,
    },
    // A restore that did not open a timeline of its own would archive over its original's WAL.
    {
      name: 'own-timeline',
      verdict: timeline > 1 ? 'pass' : 'fail',
      detail: `the restored cluster is on timeline ${timeline}`,
    },
    ...(prepared.length === 0 ? [] : [openAtTarget(prepared)]),
  ]
}

function openAtTarget(prepared: readonly string[]): Check {
  return {
    name: 'prepared-transactions',
    verdict: 'pass',
    detail:
      'open as they were at the target, with their locks, until COMMIT PREPARED or ROLLBACK PREPARED: ' +
      some(prepared),
  }
}

function judged(name: string, problems: readonly Problem[], passed: string): Check {
  if (problems.length === 0) return {name, verdict: 'pass', detail: passed}
  const verdict = worst(problems.map(verdictOf))
  // What is damaged first.
  const ordered = problems.toSorted((a, b) => Number(verdictOf(b) === 'fail') - Number(verdictOf(a) === 'fail'))
  return {name, verdict, detail: `${verdict === 'unknown' ? 'not all was looked at: ' : ''}${some(ordered.map(words))}`}
}

const named = (database: string, problems: readonly Problem[]): readonly Problem[] =>
  problems.map(problem => ({
    ...problem,
    relation: problem.relation === '' ? database : `${database}: ${problem.relation}`,
  }))

const words = ({relation, state, said}: Problem): string => `${relation}: ${said}${state === '' ? '' : ` (${state})`}`

const sum = <T>(all: readonly T[], of: (one: T) => number): number => all.reduce((total, one) => total + of(one), 0)

const list = (answers: readonly DatabaseAnswers[]): string =>
  answers.length === 0
    ? 'no database'
    : `${answers.length === 1 ? 'database' : 'databases'} ${answers.map(({database}) => database).join(', ')}`

function some(texts: readonly string[]): string {
  const more = texts.length > shown ? [`and ${texts.length - shown} more`] : []
  return [...texts.slice(0, shown), ...more].join('; ').slice(0, 1_000)
}
