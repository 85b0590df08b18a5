// Keeps the record of a restore, from before its first container until its verification has passed: in the labels of
// volumes that hold nothing, since those outlive hl, its containers and a reboot, and go with the lab's data. A stage
// is a volume of its own, because labels never change. Not here: what follows from it (restore-state.ts).
import type {Docker} from '../docker/docker.ts'
import {asObject, field, isObject, parseJson, stringOr, type JsonObject} from '../read-json.ts'
import {labLabel, projectOf} from './lab-description.ts'
import {
  mayRun,
  stateOf,
  unfinishedError,
  type RestoreRecord,
  type RestoreStage,
  type UnfinishedRestore,
} from './restore-state.ts'

const stageLabel = 'hl.restore'
const dataLabel = 'hl.restore.data'
const stages: readonly RestoreStage[] = ['begun', 'in-use', 'checked']

/** The volume that says so of a lab. */
const volumeOf = (lab: string, stage: RestoreStage): string => `${projectOf(lab)}_restore-${stage}`

/** Does it hold no data but what it says of a restore? */
export const isRestoreRecord = (lab: string, volume: string): boolean =>
  stages.some(stage => volumeOf(lab, stage) === volume)

/** Before anything of it is made. What an earlier one left is forgotten. */
export async function beginRecord(docker: Docker, lab: string, record: RestoreRecord): Promise<void> {
  await dropRecord(docker, lab)
  await note(docker, lab, 'begun', {...record})
}

/** Before Patroni gets the data. */
export async function noteInUse(docker: Docker, lab: string): Promise<void> {
  await note(docker, lab, 'in-use', {})
}

/** What its verification found; nothing failed: it is over, and nothing says that it was. */
export async function noteChecked(docker: Docker, lab: string, failed: readonly string[]): Promise<void> {
  if (failed.length === 0) return dropRecord(docker, lab)
  // What it said before is not true any more, and labels never change.
  await docker.text(['volume', 'rm', '-f', volumeOf(lab, 'checked')])
  await note(docker, lab, 'checked', {failed})
}

/** It is over, or undone. The one that says that it began goes last: the others say nothing without it. */
export async function dropRecord(docker: Docker, lab: string): Promise<void> {
  for (const stage of stages.toReversed()) await docker.text(['volume', 'rm', '-f', volumeOf(lab, stage)])
}

async function note(docker: Docker, lab: string, stage: RestoreStage, data: JsonObject): Promise<void> {
  const labels = {[labLabel]: lab, [stageLabel]: stage, [dataLabel]: JSON.stringify(data)}
  const words = Object.entries(labels).flatMap(([name, value]) => ['--label', `${name}=${value}`])
  await docker.text(['volume', 'create', ...words, volumeOf(lab, stage)])
}

/** Of one lab; null: it has none. */
export async function readRecord(docker: Docker, lab: string): Promise<UnfinishedRestore | null> {
  return (await listRecords(docker)).find(record => record.lab === lab) ?? null
}

/**
 * RESTORE_UNFINISHED when a restore of the lab is not over and the command, named as it takes the lab, is not for that.
 */
export async function requireFinished(
  docker: Docker,
  {lab, what}: {readonly lab: string; readonly what: string},
): Promise<void> {
  const unfinished = await readRecord(docker, lab)
  if (unfinished !== null && !mayRun(what, stateOf(unfinished))) throw unfinishedError(unfinished)
}

/** The same error in the place of another one, which comes of a lab that is half made. */
export async function orUnfinished<T>(docker: Docker, lab: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const unfinished = await readRecord(docker, lab).catch(() => null)
    if (unfinished === null || unfinished.stage === 'checked') throw error
    throw unfinishedError(unfinished, error)
  }
}

/** Of all labs. */
export async function listRecords(docker: Docker): Promise<readonly UnfinishedRestore[]> {
  const columns = [labLabel, stageLabel, dataLabel].map(label => `{{.Label "${label}"}}`).join('\t')
  return parseRecords(await docker.text(['volume', 'ls', '--filter', `label=${stageLabel}`, '--format', columns]))
}

/** PURE: lines of lab, stage and JSON. A lab without the line of its beginning has none. */
export function parseRecords(text: string): readonly UnfinishedRestore[] {
  const rows = text
    .split('\n')
    .filter(line => line.trim() !== '')
    .map(line => {
      const [lab = '', stage = '', ...json] = line.split('\t')
      return {
        lab,
        stage,
        data: asObject(parseJson(json.join('\t'), 'the record of a restore'), 'the record of a restore'),
      }
    })
  return rows
    .filter(({stage}) => stage === 'begun')
    .map(({lab, data}) => {
      const later = (stage: RestoreStage) => rows.find(row => row.lab === lab && row.stage === stage)
      const failed = field(later('checked')?.data, 'failed')
      return {
        ...recordOf(data),
        lab,
        stage: stages.toReversed().find(stage => later(stage) !== undefined) ?? 'begun',
        failed: Array.isArray(failed) ? failed.map(String) : [],
      }
    })
}

function recordOf(data: JsonObject): RestoreRecord {
  const {wanted, make} = data
  return {
    place: data['place'] === 'in-place' ? 'in-place' : 'into',
    id: stringOr(data['id'], ''),
    from: stringOr(data['from'], ''),
    member: stringOr(data['member'], ''),
    wanted: isObject(wanted) ? wanted : null,
    make: isObject(make) ? make : {},
  }
}
