// The folder of a run: record.json, events.ndjson, history.ndjson, logs/, and the link `latest`. Invariant: record.json
// is whole at any moment (written beside and renamed). Not here: what the lines mean (parse-record.ts), the reports
// that lie beside them (src/report).
import {hint} from '../../model/command-hint.ts'
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import {basename, join} from 'node:path'
import {HlError} from '../../model/errors.ts'
import type {OpTable} from '../../measure/op-table.ts'
import type {Op} from '../../model/history.ts'
import type {FileDigest, RunRecord} from '../../model/report.ts'
import type {RunEvent} from '../../model/run-event.ts'
import {diskError} from '../../model/disk-error.ts'
import {LineFile} from './line-file.ts'
import {parseRecord, readable} from './parse-record.ts'
import {readEvents, readHistory} from './read-lines.ts'
import {isRunId} from './run-id.ts'
import {upgradeRecord, upgradeRun} from './upgrade-run.ts'

/** A run that is going on. Every method throws HlError DISK_FULL or FILE_UNWRITABLE where it cannot keep it. */
export interface OpenRunFolder {
  /** Its name. */
  readonly run: string
  readonly path: string
  readonly logs: string
  saveRecord(record: RunRecord): void
  appendEvent(event: RunEvent): void
  appendOp(op: Op): void
  /** Text or JSON of a report, whole or not at all. */
  saveFile(name: string, text: string): void
  /** Nothing can be appended afterwards; files can still be saved. */
  close(): void
}

/** What a stored run holds, parsed. */
export interface StoredRun {
  readonly path: string
  readonly record: RunRecord
  readonly events: readonly RunEvent[]
  readonly ops: OpTable
}

/** A line of `hl runs`; `record` is null where it cannot be read. */
export interface ListedRun {
  readonly run: string
  readonly path: string
  readonly record: RunRecord | null
}

/**
 * Makes the folder of a new run under `root` and points `latest` to it. `newId` draws its name, again where another run
 * has it.
 */
export function createRun(root: string, newId: () => string): OpenRunFolder {
  const run = makeFolder(root, newId)
  const path = join(root, run)
  const logs = join(path, 'logs')
  guarded(path, () => {
    mkdirSync(logs, {mode: ownerOnly})
    pointLatest(root, run)
  })
  const events = new LineFile(join(path, 'events.ndjson'))
  const history = new LineFile(join(path, 'history.ndjson'))
  const saveFile = (name: string, text: string): void => saveWhole(join(path, name), text)
  const saveRecord = (record: RunRecord): void => saveFile('record.json', `${JSON.stringify(record, null, 2)}\n`)
  let last = null as RunRecord | null
  let closed = false
  return {
    run,
    path,
    logs,
    saveFile,
    saveRecord: record => {
      last = record
      saveRecord(record)
    },
    appendEvent: event => events.append(event),
    appendOp: op => history.append(op),
    close: () => {
      if (closed) return
      closed = true
      const stored = closeBoth(events, history)
      const record = last
      if (record !== null) trySeal(() => saveRecord({...record, stored}))
    },
  }
}

/** The record is whole without digests: where there is no room for them, the run ends as it would have. */
function trySeal(seal: () => void): void {
  try {
    seal()
  } catch {
    // What was stored before stands.
  }
}

function closeBoth(events: LineFile, history: LineFile): NonNullable<RunRecord['stored']> {
  let told: FileDigest
  try {
    told = events.close()
  } catch (error) {
    history.close()
    throw error
  }
  return {events: told, history: history.close()}
}

/** What servers said and statements hold is in a run: nobody else on the machine reads it. */
const ownerOnly = 0o700

/** Two digits tell runs of one second apart, and their draws may agree for a while. */
const draws = 1_000

/** A folder that was there is another's: its name is never taken. */
export function makeFolder(root: string, newId: () => string): string {
  guarded(root, () => mkdirSync(root, {recursive: true, mode: ownerOnly}))
  for (let draw = 1; ; draw++) {
    const run = newId()
    try {
      mkdirSync(join(root, run), {mode: ownerOnly})
      return run
    } catch (error) {
      const taken = error instanceof Error && 'code' in error && error.code === 'EEXIST'
      if (!taken || draw === draws) throw diskError(join(root, run), error)
    }
  }
}

/** Reads a stored run by its id or as `latest`. Throws HlError RUN_UNKNOWN or RUN_UNREADABLE. */
export function openRun(root: string, name: string): StoredRun {
  const path = folderOf(root, name)
  const run = basename(path)
  const text = readText(path, 'record.json')
  const events = readEvents(path)
  const history = readHistory(path)
  return readable(() => {
    const upgraded = upgradeRun({record: JSON.parse(text), events: events.values, ops: history.values})
    const record = parseRecord(upgraded.record)
    requireSame(run, record, upgraded.events, {events: events.digest, history: history.digest})
    return {...upgraded, path, record}
  }, `${run}/record.json`)
}

/** A record, its events and its history are one run, that of the folder: what was mixed is not judged. */
function requireSame(
  run: string,
  record: RunRecord,
  events: readonly RunEvent[],
  read: NonNullable<RunRecord['stored']>,
): void {
  if (record.run !== run) throw new Error(`run is ${record.run}, and the folder is that of ${run}`)
  const other = events.find(event => event.kind === 'run.started' && event.run !== run)
  if (other?.kind === 'run.started') throw new Error(`events.ndjson is of run ${other.run}`)
  const {stored} = record
  if (stored === undefined) return
  for (const [name, file] of [
    ['events', 'events.ndjson'],
    ['history', 'history.ndjson'],
  ] as const) {
    if (stored[name].sha256 === read[name].sha256) continue
    throw new Error(
      `${file} is not as it was when the run ended: it had ${stored[name].lines} lines, and has ${read[name].lines}`,
    )
  }
}

/** All runs under `root`, newest first, so that the first is `latest`; one that cannot be read has no record. */
export function listRuns(root: string): readonly ListedRun[] {
  if (!existsSync(root)) return []
  const listed = readdirSync(root)
    .filter(isRunId)
    .map(run => ({run, path: join(root, run), record: recordOrNull(join(root, run))}))
    .map(each => ({...each, began: beganAt(each)}))
  // By time, not by name: names hold no year.
  return listed
    .toSorted((a, b) => b.began.localeCompare(a.began) || b.run.localeCompare(a.run))
    .map(({run, path, record}) => ({run, path, record}))
}

/** Of one that cannot be read, when its folder was made. */
function beganAt({path, record}: ListedRun): string {
  return record?.startedAt ?? statSync(path).birthtime.toISOString()
}

/** Names of all but the `keep` newest. */
export function oldRuns(root: string, keep: number): readonly string[] {
  return listRuns(root)
    .slice(keep)
    .map(({run}) => run)
}

/** Removes those; returns their names. */
export function pruneRuns(root: string, keep: number): readonly string[] {
  const old = oldRuns(root, keep)
  for (const run of old) rmSync(join(root, run), {recursive: true, force: true})
  if (existsSync(root) && latestOf(root) === null) rmSync(join(root, 'latest'), {force: true})
  return old
}

/** Where a run lies that is named by its id or as `latest`. Throws HlError RUN_UNKNOWN. */
export function folderOf(root: string, name: string): string {
  const run = name === 'latest' ? latestOf(root) : name
  if (run !== null && isRunId(run) && existsSync(join(root, run))) return join(root, run)
  throw new HlError(
    'RUN_UNKNOWN',
    name === 'latest' ? `there is no run under ${root} yet` : `no run ${name} under ${root}`,
    {
      next: [
        hint('runs list', {why: 'lists what is there'}),
        hint('failover', {flags: {scenario: 'primary-crash'}, why: 'makes one'}),
      ],
    },
  )
}

/** Where `latest` points, null when that run is not there any more. */
function latestOf(root: string): string | null {
  try {
    const run = basename(readlinkSync(join(root, 'latest')))
    return existsSync(join(root, run)) ? run : null
  } catch {
    return null
  }
}

function pointLatest(root: string, run: string): void {
  const beside = join(root, `.latest-${run}`)
  rmSync(beside, {force: true})
  symlinkSync(run, beside)
  renameSync(beside, join(root, 'latest'))
}

function readRecord(path: string): RunRecord {
  const text = readText(path, 'record.json')
  return readable(() => parseRecord(upgradeRecord(JSON.parse(text))), `${basename(path)}/record.json`)
}

function recordOrNull(path: string): RunRecord | null {
  try {
    return readRecord(path)
  } catch {
    return null
  }
}

function readText(path: string, file: string): string {
  return readable(() => readFileSync(join(path, file), 'utf8'), `${basename(path)}/${file}`)
}

/** The file is there whole or not at all. DISK_FULL when there is no room. */
export function saveWhole(path: string, text: string): void {
  guarded(path, () => {
    writeFileSync(`${path}.part`, text, {flush: true, mode: 0o600})
    renameSync(`${path}.part`, path)
  })
}

function guarded(path: string, work: () => void): void {
  try {
    work()
  } catch (error) {
    throw diskError(path, error)
  }
}
