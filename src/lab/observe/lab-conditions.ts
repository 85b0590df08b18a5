// PURE: what is wrong with a lab beside its clusters, from what was seen of it: each with the command that mends it.
// Invariant: what could not be looked at is said to be unknown, and not to be well. Not here: looking
// (read-conditions.ts), whether a cluster is redundant (model/topology.ts).
import {hint, type NextStep} from '../../model/command-hint.ts'
import type {ArchiveMode} from '../../model/backup.ts'
import type {ContainerStatus} from '../../model/topology.ts'
import type {CopyLook} from '../nodes/recovery-copy.ts'
import {unfinishedText, waysOut, type UnfinishedRestore} from '../lifecycle/restore-state.ts'

export interface Condition {
  readonly text: string
  /** What mends it, the best first. */
  readonly fix: readonly NextStep[]
  /** Nothing else is to be done with the lab before it is mended. */
  readonly blocks?: true
}

/** How one member hands its WAL over. */
export interface Archiver {
  readonly member: string
  /** Segments that it has not handed over yet. */
  readonly waiting: number
  /** The file that it could not hand over since the last one that it could, and since when; null: none. */
  readonly failing: {readonly file: string; readonly since: string} | null
}

export interface ConditionFacts {
  readonly lab: string
  readonly archive: ArchiveMode
  /** Of a lab whose restore is not over. */
  readonly unfinished: UnfinishedRestore | null
  /** Who works on the lab now, in words; null: nobody. */
  readonly holder: string | null
  /** Of what is neither a member nor in etcd: pgpool, the archive. `missing`: it was made and is gone. */
  readonly services: Readonly<Record<string, ContainerStatus>>
  /** Of a lab that has lost every node, and has an archive (lost-lab.ts); otherwise empty. */
  readonly waysBack: readonly NextStep[]
  /** Names of containers in which a command of hl worked. */
  readonly containers: readonly string[]
  readonly copy: CopyLook
  /** A change of the archive's key is not over. */
  readonly isRotating: boolean
  /** null: it could not be asked, though its container runs. */
  readonly store: ArchiveStore | null
  /** Those that answered; of a lab without an archive none. */
  readonly archivers: readonly Archiver[]
  /** Is a receiver of streamed WAL connected to the primary? null: nobody was asked, or answered. */
  readonly receives: boolean | null
  /** Alarms of etcd, as it names them; null: it did not answer. */
  readonly alarms: readonly string[] | null
}

/** What the archive's own container tells of it. */
export interface ArchiveStore {
  readonly freeBytes: number
  readonly isWritable: boolean
  /** Backups that are being taken, or were cut off. */
  readonly drafts: readonly string[]
  /** Programs that take one. */
  readonly programs: readonly string[]
  /** Why it did not take a WAL file, by the file's name. */
  readonly refused: ReadonlyMap<string, string>
}

/** Some segments: below it the archive is full soon. */
const freeBytesMin = 64 * 1_048_576

/** Worst first. */
export function labConditions(facts: ConditionFacts): readonly Condition[] {
  return [
    ...restoreCondition(facts),
    ...serviceConditions(facts),
    ...storeConditions(facts),
    ...archiverConditions(facts),
    ...alarmConditions(facts),
    ...copyConditions(facts),
    ...rotationConditions(facts),
    ...leftConditions(facts),
  ]
}

function restoreCondition({unfinished, holder}: ConditionFacts): readonly Condition[] {
  if (unfinished === null) return []
  if (unfinished.stage === 'checked') return [{text: unfinishedText(unfinished), fix: waysOut(unfinished)}]
  if (holder !== null)
    return [{text: `a restore is under way: ${holder} works on it`, fix: ['wait for it'], blocks: true}]
  return [{text: unfinishedText(unfinished), fix: waysOut(unfinished), blocks: true}]
}

function serviceConditions({lab, services, unfinished, waysBack}: ConditionFacts): readonly Condition[] {
  // Its way out starts what it needs.
  if (unfinished !== null && unfinished.stage !== 'checked') return []
  const wrong = Object.entries(services).filter(([, status]) => status !== 'running')
  const isLost = waysBack.length > 0
  const gone = isLost ? wrong.flatMap(([name, status]) => (status === 'missing' ? [name] : [])) : []
  const text = `every node and its data are gone, and the archive is left: ${gone.join(', ')}`
  const lost: Condition = {text, fix: waysBack, blocks: true}
  const others = wrong
    .filter(([name]) => !gone.includes(name) && !(isLost && name === 'archive'))
    .map(([name, status]) => ({
      text:
        `${name} is ` +
        `${status}${name === 'archive' ? ': no WAL is archived, and what is not archived cannot be restored' : ''}`,
      fix: status === 'missing' ? [hint('down', {lab}), hint('up', {lab})] : [hint('up', {lab})],
    }))
  return [...(isLost ? [lost] : []), ...others]
}

function storeConditions({lab, archive, services, store}: ConditionFacts): readonly Condition[] {
  if (archive === 'none' || services['archive'] !== 'running') return []
  const logs = hint('logs', {args: ['archive'], lab})
  if (store === null) return [{text: 'the archive does not say how it is: unknown', fix: [logs]}]
  const prune = hint('backups prune', {
    flags: {'keep-full': 1, 'confirm': lab},
    lab,
    why: 'removes what is not needed for the newest full backup',
  })
  return [
    ...(store.freeBytes < freeBytesMin
      ? [
          {
            text: `the archive is full: ${Math.floor(store.freeBytes / 1_048_576)} MB are free`,
            fix: [prune, 'docker system df'],
          },
        ]
      : []),
    ...(store.isWritable ? [] : [{text: 'the archive cannot be written: a folder of it refuses', fix: [logs]}]),
  ]
}

function archiverConditions({lab, archive, archivers, receives, store}: ConditionFacts): readonly Condition[] {
  const failing = archivers.flatMap(({member, waiting, failing: what}) =>
    what === null
      ? []
      : [
          {
            text:
              `archiving fails on ${member}: ${what.file} is refused since ` +
              `${what.since}${reasonOf(what.file, store)}, and ${waiting} files wait`,
            fix: [
              hint('logs', {args: [member], lab, why: 'says why'}),
              hint('nodes rebuild', {
                args: [member],
                lab,
                why: 'where it goes on alone: makes it anew from the others',
              }),
              hint('runbooks show', {args: ['archive-behind'], why: 'says how a timeline that was left makes room'}),
            ],
          },
        ],
  )
  const isReceiver = archive === 'stream' || archive === 'sync'
  if (!isReceiver || receives !== false) return failing
  return [
    ...failing,
    {
      text: 'no receiver is connected to the primary: no WAL is archived',
      fix: [hint('logs', {args: ['archive'], lab, why: 'says why'}), hint('up', {lab})],
    },
  ]
}

function reasonOf(file: string, store: ArchiveStore | null): string {
  const why = store?.refused.get(file)
  return why === undefined ? '' : ` (${why})`
}

function alarmConditions({lab, alarms}: ConditionFacts): readonly Condition[] {
  return (alarms ?? []).map(alarm => ({
    text: `etcd has the alarm ${alarm}, and takes no writes`,
    fix: [hint('faults heal', {flags: {all: true}, lab, why: 'disarms it'})],
  }))
}

/** While somebody works on the lab it may be just coming, moving or going. */
function copyConditions({lab, holder, copy}: ConditionFacts): readonly Condition[] {
  if (holder !== null || copy === 'none' || copy === 'whole') return []
  const drop = hint('copy drop', {lab, why: 'takes it away; then it can be made again'})
  if (copy === null)
    return [{text: 'the recovery copy does not say what it is: unknown', fix: [hint('copy show', {lab}), drop]}]
  return [
    {
      text:
        copy === 'unfinished'
          ? 'the recovery copy is not whole: its making was cut off'
          : 'the server of the recovery copy does not run, and nothing starts it again',
      fix: [drop],
    },
  ]
}

function rotationConditions({lab, holder, isRotating}: ConditionFacts): readonly Condition[] {
  if (holder !== null || !isRotating) return []
  return [
    {
      text: "the change of the archive's key was cut off: the old one still opens what it holds",
      fix: [hint('backups rotate-key', {lab, why: 'goes on where it ended'})],
    },
  ]
}

/** While somebody works on the lab they are at work, and what ends a cut-off restore takes its container away too. */
function leftConditions({lab, holder, unfinished, containers, store}: ConditionFacts): readonly Condition[] {
  if (holder !== null || (unfinished !== null && unfinished.stage !== 'checked')) return []
  const left = containers.map(name => ({
    text: `${name} is left of a command that was cut off`,
    fix: [`docker rm -f ${name}`],
  }))
  const drafts = store?.drafts ?? []
  const programs = store?.programs ?? []
  if (drafts.length === 0 && programs.length === 0) return left
  const running = programs.length === 0 ? '' : `, and ${programs.join(', ')} still works on it`
  const what = drafts.length === 0 ? 'a backup' : `the backup ${drafts.join(', ')}`
  return [
    ...left,
    {
      text: `${what} was cut off${running}`,
      fix: [hint('backups create', {lab, why: 'ends and removes it before it takes another'})],
    },
  ]
}
