// What a schedule did, line by line, in the archive that it is about: a service that starts again, on whatever machine,
// goes on where the last one was. Invariant: a line that was torn by a crash is left out, and the next one begins a new
// line. Not here: what follows from it (decide-due.ts), what can be left out of it (shorten-journal.ts).
import {hint} from '../../model/command-hint.ts'
import {HlError} from '../../model/errors.ts'
import type {Cluster} from '../../model/ports.ts'
import {parseTime} from '../restore/parse-time.ts'
import {taskNames, type Outcome} from './decide-due.ts'

const file = '/archive/schedule.ndjson'
const archiveMs = 60_000

/** Oldest first; empty when nothing was done yet. */
export async function readJournal(cluster: Cluster, withinMs = archiveMs): Promise<readonly Outcome[]> {
  return parseJournal(await inArchive(cluster, `[ ! -f ${file} ] || cat ${file}`, {withinMs}))
}

/** Adds a line, fsynced. */
export async function appendJournal(cluster: Cluster, outcome: Outcome): Promise<void> {
  await inArchive(cluster, `umask 077; cat >>${file}; sync ${file}`, {stdin: `\n${JSON.stringify(outcome)}\n`})
}

/** Puts these in the place of all lines: the old ones or the new ones are there, whatever happens. */
export async function rewriteJournal(cluster: Cluster, outcomes: readonly Outcome[]): Promise<void> {
  await inArchive(cluster, `umask 077; cat >${file}.part; sync ${file}.part; mv ${file}.part ${file}; sync /archive`, {
    stdin: outcomes.map(outcome => `${JSON.stringify(outcome)}\n`).join(''),
  })
}

/** PURE: the lines that can be read. */
export function parseJournal(text: string): readonly Outcome[] {
  return text.split('\n').flatMap(line => parseOutcome(line) ?? [])
}

function parseOutcome(line: string): Outcome | null {
  try {
    const value: unknown = JSON.parse(line)
    if (typeof value !== 'object' || value === null) return null
    const {task, at, ok, durationMs, detail, backup, times, systemIdentifier} = Object.fromEntries(
      Object.entries(value),
    ) as Readonly<Record<string, unknown>>
    const name = taskNames.find(one => one === task)
    if (
      name === undefined ||
      typeof at !== 'string' ||
      parseTime(at) === null ||
      typeof ok !== 'boolean' ||
      typeof durationMs !== 'number' ||
      typeof detail !== 'string'
    )
      return null
    return {
      task: name,
      at,
      ok,
      durationMs,
      detail,
      backup: typeof backup === 'string' ? backup : null,
      ...(typeof systemIdentifier === 'string' ? {systemIdentifier} : {}),
      ...(typeof times === 'number' ? {times} : {}),
    }
  } catch {
    return null
  }
}

async function inArchive(
  cluster: Cluster,
  script: string,
  {stdin, withinMs = archiveMs}: {readonly stdin?: string; readonly withinMs?: number},
): Promise<string> {
  const {exitCode, stdout, stderr} = await cluster.exec('archive', ['sh', '-euc', script], {
    user: 'postgres',
    timeoutMs: withinMs,
    ...(stdin === undefined ? {} : {stdin}),
  })
  if (exitCode === 0) return stdout
  throw new HlError(
    'BACKUP_FAILED',
    `the journal of the schedule in the archive cannot be used: ${stderr.trim().slice(0, 300)}`,
    {next: [hint('logs', {args: ['archive'], lab: cluster.lab})]},
  )
}
