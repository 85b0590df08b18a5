// PURE: what the library refuses or stops of a move, as hl's own errors, each with the command that goes on from there.
// Not here: other refusals of the library (shard-errors.ts), the words, which say cause and way out.
import {hint, type NextStep} from '../model/command-hint.ts'
import {HlError, type ErrorCode} from '../model/errors.ts'
import type {MoveGoal} from '../shards/index.ts'
import {movePhases, ShardError, waysOut, type WayOut} from '../shards/index.ts'

/** A move that cannot be, whatever the servers are like: wrong use. */
const invalid: Readonly<Record<string, ErrorCode>> = {
  SHARD_UNKNOWN: 'SHARD_UNKNOWN',
  SHARD_KNOWN: 'MOVE_INVALID',
  GROUP_UNKNOWN: 'MOVE_INVALID',
  SAME_SHARD: 'MOVE_INVALID',
  WEIGHTS: 'MOVE_INVALID',
  LAST_SHARD: 'MOVE_INVALID',
  SIZES: 'MOVE_INVALID',
  LOAD_UNKNOWN: 'MOVE_INVALID',
  UNKNOWN: 'MOVE_UNKNOWN',
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

/** null: it is about no move. A move that a person interrupted is INTERRUPTED, and says how it goes on or back. */
export function moveErrorOf(error: ShardError): HlError | null {
  const {code, detail, message, cause} = error
  const id = typeof detail['id'] === 'string' ? detail['id'] : null
  if (code === 'ABORTED' && id !== null)
    return new HlError('INTERRUPTED', message, {next: stopped(id, textOf(detail['phase'])), cause})
  if (code === 'MOVE_STOPPED' && detail['reason'] === 'SET_BACK')
    return new HlError('MOVE_STOPPED', message, {next: setBack(id ?? '<id>', detail['canAbort'] === true), cause})
  if (code === 'MOVE_STOPPED')
    return new HlError('MOVE_STOPPED', message, {next: stopped(id ?? '<id>', textOf(detail['phase'])), cause})
  if (code !== 'MOVE_REFUSED') return null
  const reason = textOf(detail['reason'])
  return new HlError(invalid[reason] ?? 'MOVE_REFUSED', message, {next: refused(reason, id, detail['next']), cause})
}

/** As the library's own table of states has it: nobody is sent where he would be refused. */
function stopped(id: string, phase: string): readonly NextStep[] {
  const known = movePhases.find(one => one === phase)
  const ways = known === undefined ? (['resume'] as const) : waysOut(known)
  return [
    ...ways.map(way => hint(`shards ${way}`, {args: [id], why: reasons[way]})),
    hint('shards status', {why: 'shows where it stands'}),
  ]
}

/** Nothing goes on from there; nobody guesses who is right where none of them owns a group, or both do. */
function setBack(id: string, canAbort: boolean): readonly NextStep[] {
  const verify = hint('shards verify', {why: 'shows which shard owns and has what'})
  return canAbort ? [hint('shards abort', {args: [id], why: reasons.abort}), verify] : [verify, hint('psql')]
}

const reasons: Readonly<Record<WayOut, string>> = {
  resume: 'goes on from there',
  abort: 'leaves everything as it was before',
  rollback: 'brings the groups back, with all that was written since',
  finish: 'keeps the groups where they are, and removes the rows from where they came',
}

const commandOf: Readonly<Record<MoveGoal, 'shards resume' | 'shards abort' | 'shards rollback' | 'shards finish'>> = {
  move: 'shards resume',
  abort: 'shards abort',
  rollback: 'shards rollback',
  finish: 'shards finish',
}

const isGoal = (value: unknown): value is MoveGoal => typeof value === 'string' && value in commandOf

function refused(reason: string, id: string | null, next: unknown): readonly NextStep[] {
  const status = hint('shards status', {why: 'shows the moves that are under way'})
  switch (reason) {
    case 'PHASE':
      return [...(isGoal(next) ? [hint(commandOf[next], {args: [id ?? '<id>']})] : []), status]
    case 'RUNNING':
      return [
        status,
        hint('shards resume', {
          args: [id ?? '<id>'],
          flags: {'take-over': true},
          why: 'takes it from a process that is dead',
        }),
      ]
    case 'MOVE_UNDER_WAY':
    case 'UNKNOWN':
      return [status]
    case 'SHARD_UNKNOWN':
    case 'SAME_SHARD':
    case 'GROUP_UNKNOWN':
    case 'OWNER':
      return [hint('shards map', {why: 'shows which shard owns which groups'})]
    case 'SHARD_KNOWN':
      return [hint('shards rebalance', {why: 'gives it its share'})]
    case 'LAST_SHARD':
      return [hint('up', {flags: {'add-shard': true}, why: 'brings another one up'})]
    case 'WEIGHTS':
    case 'LOAD_UNKNOWN':
    case 'SIZES':
      return [hint('shards plan', {flags: {by: 'rows'}, why: 'shows what can be had'}), hint('shards sizes')]
    case 'NOT_INSTALLED':
    case 'SCHEMA':
      return [hint('migrations apply', {why: 'makes all shards the same'})]
    case 'REFERENCES':
      return [
        hint('shards add', {
          args: ['<shard>'],
          flags: {empty: true},
          why: 'copies them to a shard that owns nothing yet',
        }),
        hint('psql', {why: 'makes them equal by hand, where it owns something'}),
      ]
    case 'PARTITIONS':
      return [hint('migrations maintain', {why: 'makes the partitions on all shards'})]
    case 'PREPARED':
      return [hint('tx list'), hint('tx resolve')]
    case 'OTHER_VERSION':
      return ['use the version of hl that began it']
    default:
      return ['change what the message names, and run it again: nothing was changed', hint('shards list')]
  }
}
