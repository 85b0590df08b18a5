// PURE: a restore that is not over is a state of its lab, and this is what each command may do in it. Invariant: only
// what finishes or undoes a restore touches its data; every refusal names both. Not here: where the state is kept
// (restore-record.ts), who asks (lock.ts, connect-lab.ts, observe/, doctor/).
import {hint, type CommandHint, type NextStep} from '../../model/command-hint.ts'
import {HlError} from '../../model/errors.ts'

/** `into`: a new lab. `in-place`: the lab's own data, which is kept aside. */
export type RestorePlaceKind = 'into' | 'in-place'

/**
 * `begun`: its data is in nobody's hands. `in-use`: Patroni has the data, and nothing was verified. `checked`: it was
 * verified, and not every check passed.
 */
export type RestoreStage = 'begun' | 'in-use' | 'checked'

export type RestoreState = `${RestorePlaceKind} ${RestoreStage}`

/** What is known of a restore from before its first container on. */
export interface RestoreRecord {
  readonly place: RestorePlaceKind
  /** When it began, as ISO time: tells it from every other. */
  readonly id: string
  /** The lab whose archive is read. */
  readonly from: string
  /** Whose data directory it fills; of a whole lab of shards the first member of each, with spaces between. */
  readonly member: string
  /** The target as it was asked for, without the key of an archive; null: nobody can begin it again. */
  readonly wanted: Readonly<Record<string, unknown>> | null
  /** How the new lab is made; of one in place `lost` where no member had data. */
  readonly make: Readonly<Record<string, unknown>>
}

export interface UnfinishedRestore extends RestoreRecord {
  /** The lab that is restored. */
  readonly lab: string
  readonly stage: RestoreStage
  /** Of `checked`: the checks that failed. */
  readonly failed: readonly string[]
}

/** The row of the table that it is in. */
export const stateOf = ({place, stage}: Pick<UnfinishedRestore, 'place' | 'stage'>): RestoreState => `${place} ${stage}`

type Allowed = Readonly<Record<RestoreState, boolean>>

const on = (...states: readonly RestoreState[]): Allowed => ({
  'into begun': states.includes('into begun'),
  'into in-use': states.includes('into in-use'),
  'in-place begun': states.includes('in-place begun'),
  'in-place in-use': states.includes('in-place in-use'),
  // It is over: what is not right of it is told, and mended as anything else is.
  'into checked': true,
  'in-place checked': true,
})
const always = on('into begun', 'into in-use', 'in-place begun', 'in-place in-use')
/** The archive of a lab that is restored in place is sound, and reading it disturbs nobody. */
const readsArchive = on('in-place begun', 'in-place in-use')
const never = on()

/** Commands that take a lab, by the words with which they take it. What is not here is never allowed. */
export const allowedDuring = {
  'hl restore --resume': always,
  'hl restore --put-back': on('in-place begun', 'in-place in-use'),
  'hl restore --discard-copy': never,
  'hl restore --in-place': never,
  'hl restore --into': never,
  'hl restore from it': readsArchive,
  'hl down': always,
  'hl up': never,
  'hl faults heal': never,
  'hl faults inject': never,
  'hl failover': never,
  'hl drill': never,
  'hl switchover': never,
  'hl nodes rebuild': never,
  'hl backups create': never,
  'hl backups prune': never,
  'hl backups rotate-key': never,
  'hl backups verify': readsArchive,
  // It takes the lab for each task too.
  'hl backups schedule': never,
  'hl copy create': readsArchive,
  'hl copy forward': readsArchive,
  'hl copy table': never,
  'hl copy drop': always,
  'hl shards': never,
} as const satisfies Readonly<Record<string, Allowed>>

/** May a command that takes the lab with these words do its work? */
export function mayRun(what: string, state: RestoreState): boolean {
  const row = Object.entries(allowedDuring).find(([words]) => what === words || what.startsWith(`${words} `))
  return row?.[1][state] ?? state.endsWith('checked')
}

/** Of one in place: had no member data when it began? Then there is nothing to go back to. */
export const beganWithNothing = ({make}: Pick<RestoreRecord, 'make'>): boolean => make['lost'] === true

/** What it is, in one sentence. */
export function unfinishedText(restore: UnfinishedRestore): string {
  const {lab, place, from, id, failed, member} = restore
  const what = place === 'into' ? `the restore of lab ${from} into lab ${lab}` : `the restore of lab ${lab} in place`
  const began = `, begun at ${id},`
  switch (restore.stage) {
    case 'begun':
      return place === 'into'
        ? `${what}${began} was cut off: lab ${lab} has no data of its own yet`
        : beganWithNothing(restore)
          ? `${what}${began} was cut off: no member has data`
          : `${what}${began} was cut off: the data that was there is kept on the volume of ${member}`
    case 'in-use':
      return `${what}${began} was cut off: its data is in use, and nothing of it was verified`
    case 'checked':
      return `${what} was verified, and this failed: ${failed.join(', ')}`
  }
}

/** The one command that finishes it; null where nobody knows any more what was asked for. */
function finishing({lab, stage: at, wanted}: UnfinishedRestore): CommandHint | null {
  const why = {
    'begun': 'begins it anew and verifies it',
    'in-use': 'finishes and verifies it',
    'checked': 'verifies it again',
  }
  return at === 'begun' && wanted === null ? null : hint('restore', {flags: {resume: true}, lab, why: why[at]})
}

/** The one command that undoes it; null once the data of another time is gone. */
function undoing({lab, place, stage: at, make}: UnfinishedRestore): CommandHint | null {
  if (place === 'into')
    return at === 'checked'
      ? null
      : hint('down', {flags: {volumes: true, confirm: lab}, lab, why: 'takes away what was made'})
  return at === 'begun' && !beganWithNothing({make})
    ? hint('restore', {flags: {'put-back': true}, lab, why: 'brings the old data back'})
    : null
}

/** Both, the one that finishes first. */
export function waysOut(restore: UnfinishedRestore): readonly NextStep[] {
  return [finishing(restore), undoing(restore)].filter(step => step !== null)
}

/** RESTORE_UNFINISHED: why nothing else is done with the lab, and what ends that. */
export function unfinishedError(restore: UnfinishedRestore, cause?: unknown): HlError {
  return new HlError('RESTORE_UNFINISHED', unfinishedText(restore), {next: waysOut(restore), cause})
}
