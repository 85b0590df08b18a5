// Plans of moves, moves that are under way, and what came of them, on the screen. PURE. Not here: progress
// (move-view.ts).
import {hint, hintText} from '../../src/model/command-hint.ts'
import {formatMs} from '../../src/model/time.ts'
import {printable} from '../../src/report/printable.ts'
import {formatBytes, formatCount, formatShare, plural} from '../../src/model/quantity.ts'
import type {Theme} from '../../src/report/theme.ts'
import type {ListedMove, MoveReport} from '../../src/shards/index.ts'
import type {MovesStatus, VerbAnswer, VerbPlan} from '../../src/sharding/carry-out-moves.ts'
import {rangesOf, rangesText} from '../../src/sharding/group-ranges.ts'
import type {CheckedMove, PlanAnswer} from '../../src/sharding/plan-over-shards.ts'
import type {ShardCheck, VerifyAnswer} from '../../src/sharding/verify-shards.ts'
import {verdictPaint} from '../../src/report/theme.ts'
import {tableLines} from './table.ts'

const right = 'right' as const
const groupsText = (groups: readonly number[]): string => rangesText(rangesOf(groups))

/** Before and after, the moves, and what speaks against them. Ends in a newline. */
export function planScreen(
  plan: PlanAnswer,
  {theme, finish}: {readonly theme: Theme; readonly finish: boolean},
): string {
  const {before, after, moves, bytes, estimatedMs, note} = plan
  const shares = before.map((one, index) => [
    one.shard,
    `${one.groups} -> ${after[index]?.groups ?? one.groups}`,
    `${formatCount(one.rows)} -> ${formatCount(after[index]?.rows ?? one.rows)}`,
    `${formatBytes(one.bytes)} -> ${formatBytes(after[index]?.bytes ?? one.bytes)}`,
    `${formatShare(one.share)} -> ${formatShare(after[index]?.share ?? one.share)}`,
  ])
  const columns = [
    {name: 'SHARD'},
    {name: 'GROUPS', align: right},
    {name: 'ROWS', align: right},
    {name: 'BYTES', align: right},
    {name: 'SHARE', align: right},
  ]
  return [
    ...tableLines(columns, shares, theme.dim),
    ...moves.flatMap(move => moveLines(move, theme)),
    moves.length === 0
      ? 'nothing is to be moved'
      : `in all     ${formatBytes(bytes)}, about ${formatMs(estimatedMs)} of copying and comparing by assumed ` +
        'rates; leases come on top',
    ...(note === '' ? [] : [theme.warn(`note       ${printable(note)}`)]),
    ...(moves.length > 1
      ? [
          'way back   of each move but the last it is closed before the next ' +
            `begins${finish ? '; of the last one too' : ''}`,
        ]
      : []),
    '',
  ].join('\n')
}

function moveLines({from, to, groups, rows, bytes, refusals, warnings}: CheckedMove, theme: Theme): readonly string[] {
  return [
    `${theme.strong(`${from} -> ${to}`)}   groups ${groupsText(groups)}: ${plural(rows, 'row')}, ${formatBytes(bytes)}`,
    ...refusals.map(({message}) => `${theme.fail('  refused')}  ${printable(message)}`),
    ...warnings.map(warning => `${theme.warn('  warning')}  ${printable(warning)}`),
  ]
}

/** What was moved, and how that is ended. */
export function movedText({lab}: PlanAnswer, moved: readonly MoveReport[]): string {
  return moved
    .flatMap(report => [
      ...report.warnings.map(warning => `warning    ${printable(warning)}`),
      report.phase === null
        ? `moved      groups ${groupsText(report.groups)} from ${report.from} to ${report.to}`
        : `moved      groups ${groupsText(report.groups)} from ${report.from} to ${report.to}; move ${report.id} ` +
          `keeps its way back open\n${waysOn(report.id, lab)}`,
    ])
    .join('\n')
}

const waysOn = (id: string, lab: string): string =>
  [
    hintText(hint('shards finish', {args: [id], why: 'closes it, and removes the rows from where they came'}), lab),
    hintText(
      hint('shards rollback', {args: [id], why: 'brings the groups back, with all that was written since'}),
      lab,
    ),
  ]
    .map(line => `next       ${line}`)
    .join('\n')

const ends: Readonly<Record<VerbAnswer['did'], string>> = {
  resume: 'went on',
  abort: 'was aborted: everything is as it was before',
  rollback: 'was rolled back, with all that was written since',
  finish: 'is finished: the way back is closed, and the rows are gone from where they came',
  told: 'is run by another process, which was told to go on',
}

/** What became of a move. */
export function verbText({lab, id, groups, from, to, did, phase}: VerbAnswer): string {
  const what = `move ${id} of groups ${groupsText(groups)} from ${from} to ${to} ${ends[did]}`
  return phase === 'settled' ? `${what}\n${waysOn(id, lab)}` : what
}

/** What would be done. */
export function verbPlanText({id, groups, from, to, verb, phase, steps}: VerbPlan): string {
  const all = steps.map(({phase: at, effects, then}) => `  ${at} -> ${then}: ${effects.join(', ')}`)
  return [
    `move ${id} of groups ${groupsText(groups)} from ${from} to ${to} stands in phase ${phase}; ${verb} ` +
      (all.length === 0 ? 'would do nothing' : 'would do, step by step'),
    ...all,
  ].join('\n')
}

/** Moves that are under way. */
export function movesText({lab, moves, notAsked}: MovesStatus): string {
  return [
    ...(moves.length === 0 ? ['no move is under way'] : moves.flatMap(move => statusLines(move, lab))),
    ...(notAsked.length === 0 ? [] : [`not asked  ${notAsked.join(', ')}: there may be more`]),
  ].join('\n')
}

function statusLines(move: ListedMove, lab: string): readonly string[] {
  const {id, groups, from, to, phase, runner, isPaused, beganAt, notedAt, slots, shards} = move
  const atWork = runner === null ? 'nobody' : `${printable(runner.application)}, server process ${runner.pid}`
  return [
    `move       ${id}: groups ${groupsText(groups)} from ${from} to ${to}, since ${beganAt}`,
    `phase      ${phase} since ${notedAt}; on record on ${shards.join(', ')}`,
    `at work    ${atWork}${isPaused ? '; it was asked to pause' : ''}`,
    ...slots.map(
      ({shard, name, retainedBytes, walStatus, isRead}) =>
        `slot       ${name} on ${shard}: ` +
        `${retainedBytes === null ? 'no WAL left' : `${formatBytes(retainedBytes)} of WAL kept`}, ` +
        `${walStatus ?? 'lost'}${isRead ? '' : ', read by nobody now'}`,
    ),
    ...(runner === null ? nextLines(move, lab) : []),
  ]
}

function nextLines({id, phase, goal}: ListedMove, lab: string): readonly string[] {
  if (phase === 'settled') return [waysOn(id, lab)]
  const why = {move: 'goes on', finish: 'ends it', abort: 'undoes the rest', rollback: 'goes on back'}[goal]
  return [`next       ${hintText(hint('shards resume', {args: [id], why}), lab)}`]
}

/** Ends in a newline. */
export function verifyScreen({checks}: VerifyAnswer, theme: Theme): string {
  const row = ({name, about, verdict, detail}: ShardCheck) => [
    {text: verdict, paint: verdictPaint(theme, verdict)},
    name,
    about,
    printable(detail),
  ]
  return [
    ...tableLines([{name: 'VERDICT'}, {name: 'CHECK'}, {name: 'ABOUT'}, {name: 'DETAIL'}], checks.map(row), theme.dim),
    '',
  ].join('\n')
}
