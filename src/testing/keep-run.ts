// The folder of a measurement: the run as one of a scenario is stored, so that `hl runs` reads it, its report in every
// form, and the logs of the nodes; and the folder of a start that failed. Invariant: the report is the one that the
// stored files lead to; no password of the lab is in any of them. Not here: when a folder is kept (lab-handle.ts).
import {resolve} from 'node:path'
import {createRun, makeFolder, saveWhole} from '../experiment/store/run-folder.ts'
import {newRunId} from '../experiment/store/run-id.ts'
import {judgeStored, writeReports} from '../experiment/store/stored-report.ts'
import type {Docker} from '../lab/docker/docker.ts'
import {collectLogs, readLogs} from '../lab/docker/collect-logs.ts'
import type {ConnectedLab} from '../lab/lifecycle/connect-lab.ts'
import {findLab} from '../lab/lifecycle/lab-inventory.ts'
import {HlError, messageOf} from '../model/errors.ts'
import type {Random} from '../model/ports.ts'
import type {Report} from '../model/report.ts'
import {redact} from '../report/redact.ts'
import type {JudgedRun} from './judge-requests.ts'

export interface KeepPlace {
  /** Where folders of runs are made. */
  readonly runs: string
  readonly lab: Pick<ConnectedLab, 'cluster' | 'clusters' | 'description'>
  readonly secrets: readonly string[]
  readonly random: Random
}

export interface KeptRun {
  readonly report: Report
  /** Its path. */
  readonly folder: string
}

/** Errors: DISK_FULL, FILE_UNWRITABLE. */
export async function keepRun({record, events, ops}: JudgedRun, place: KeepPlace): Promise<KeptRun> {
  const {runs, secrets, lab, random} = place
  const root = resolve(runs)
  const folder = createRun(root, () => newRunId(record.startedAt, random))
  const clean = <T>(value: T): T => JSON.parse(redact(JSON.stringify(value), secrets)) as T
  try {
    folder.saveRecord(clean({...record, run: folder.run}))
    for (const event of events) folder.appendEvent(clean(event))
    for (const op of ops) folder.appendOp(op.error === null ? op : clean(op))
  } finally {
    folder.close()
  }
  const logs = await logsOf(lab, record.startedAt)
  for (const [service, text] of Object.entries(logs)) folder.saveFile(`logs/${service}.log`, redact(text, secrets))
  const report = judgeStored(root, folder.run)
  writeReports((name, text) => folder.saveFile(name, text), report, secrets)
  return {report, folder: folder.path}
}

/** Of all services; each cluster knows its own, and the DCS that all have in common. */
async function logsOf(lab: KeepPlace['lab'], sinceIso: string): Promise<Readonly<Record<string, string>>> {
  const {clusters, cluster, description} = lab
  const parts =
    clusters.length < 2
      ? [{cluster, services: description.services}]
      : clusters.map(each => ({cluster: each.cluster, services: each.clients.lab.services}))
  const read = parts.map(async part => {
    const services = part.services.map(({name}) => name)
    return collectLogs(part.cluster, services, sinceIso)
  })
  return Object.assign({}, ...(await Promise.all(read))) as Readonly<Record<string, string>>
}

/**
 * What a start left before it is taken away: why it failed, and what its containers said. The path of the folder; null
 * where there was no container yet.
 */
export async function keepStart(docker: Docker, lab: string, runs: string, error: unknown): Promise<string | null> {
  const {services} = await findLab(docker, lab)
  if (services.length === 0) return null
  const root = resolve(runs)
  const folder = resolve(root, makeFolder(root, nameOf(`start-${lab}`)))
  const states = services.map(({name, facts}) => `${name}: ${facts.status}\n`).join('')
  saveWhole(resolve(folder, 'error.txt'), `${describe(error)}\n\n${states}`)
  const read = services.map(async ({name, container}) => [name, await readLogs(docker, container, null)] as const)
  for (const [name, text] of await Promise.all(read)) saveWhole(resolve(folder, `${name}.log`), text)
  return folder
}

function nameOf(name: string): () => string {
  let draw = 0
  return () => ((draw += 1) === 1 ? name : `${name}-${draw}`)
}

function describe(error: unknown): string {
  if (!(error instanceof HlError)) return messageOf(error)
  return [`${error.code}: ${error.message}`, ...error.next.map(step => `  ${step}`)].join('\n')
}

/** The error stays the one that it is: what was kept of its test is said at the end of its words. */
export function sayKept(error: unknown, words: string): void {
  if (!(error instanceof Error)) return
  const {message, stack} = error
  const longer = `${message}${message === '' ? '' : '; '}${words}`
  // One that nobody may change is told as it is.
  if (!Reflect.set(error, 'message', longer) || stack === undefined) return
  Reflect.set(error, 'stack', message === '' ? `${stack}\n${words}` : stack.replace(message, () => longer))
}
