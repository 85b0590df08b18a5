// PURE: where a recorded history can be restored to, as a person names it, and what must come of that. Invariants: what
// is reachable must be reached, so a product that refuses everything is found; what is undone, half done or not there
// must be refused; where the product may refuse, what it restores must be right all the same.
// Not here: what a restore showed (content.ts).
import type {WantedTarget} from '../../src/recovery/restore-request.ts'
import type {Chance} from './chance.ts'
import {lockedIn, type Content, type Expected} from './content.ts'
import type {Loss, TaggedStatement, Transaction} from './history.ts'
import {markBefore, markBehind, numbersOf, type Mark, type Recording} from './recording.ts'

export const targetKinds = [
  'lsn',
  'time',
  'name',
  'xid',
  'latest',
  'before-drop',
  'before-statement',
  'subtransaction',
  'rolled-back',
  'unfinished',
  'changed-nothing',
] as const
export type TargetKind = (typeof targetKinds)[number]

export type Expectation =
  | {
      readonly must: 'be-restored' | 'be-right'
      /** The mark whose state it is. */
      readonly mark: number
      /** Sequences may have gone on as far as this one. */
      readonly upTo: number
    }
  /** `be-refused`: a restore of any content is wrong. */
  | {readonly must: 'be-refused'; readonly why: string}

export interface Target {
  readonly kind: TargetKind
  readonly wanted: WantedTarget
  readonly expect: Expectation
}

/** So many of them, of kinds that are drawn first, so that the rare ones come too. */
export function drawTargets(chance: Chance, recording: Recording, count: number): readonly Target[] {
  const all = targetsOf(recording)
  const kinds = [...new Set(all.map(({kind}) => kind))]
  const drawn: Target[] = []
  while (drawn.length < count && all.length > 0) {
    const kind = chance.of(kinds)
    const target = chance.of(all.filter(one => one.kind === kind))
    drawn.push(withBackup(chance, recording, target))
  }
  return drawn
}

export function targetsOf(recording: Recording): readonly Target[] {
  const {history, marks} = recording
  return [
    ...marks.flatMap((mark, index) => ofMark(recording, mark, index)),
    {kind: 'latest', wanted: {to: 'latest'}, expect: exactly(marks.length - 1)},
    ...history.transactions.flatMap(transaction => ofTransaction(recording, transaction)),
  ]
}

const exactly = (mark: number): Expectation => ({must: 'be-restored', mark, upTo: mark})
const refused = (why: string): Expectation => ({must: 'be-refused', why})

function ofMark({marks, history}: Recording, {lsn, at, name}: Mark, index: number): readonly Target[] {
  // A time is left by the next end of a transaction, and the files of a dropped database go before that.
  const next = history.steps[index]
  const isBeforeDatabase = next?.kind === 'sql' && next.sql.some(sql => /\b(create|drop) database\b/.test(sql))
  const later: Expectation = {must: 'be-restored', mark: index, upTo: marks.length - 1}
  return [
    {kind: 'lsn', wanted: {toLsn: lsn}, expect: exactly(index)},
    {kind: 'lsn', wanted: {toLsn: lsn, inclusive: false}, expect: exactly(index)},
    {kind: 'name', wanted: {toName: name}, expect: exactly(index)},
    ...(isBeforeDatabase
      ? []
      : [
          {kind: 'time', wanted: {to: at}, expect: later} as const,
          {kind: 'time', wanted: {to: at, inclusive: false}, expect: later} as const,
        ]),
  ]
}

function ofTransaction(recording: Recording, transaction: Transaction): readonly Target[] {
  const {top, subtransactions} = numbersOf(recording, transaction)
  const {ended, outcome} = transaction
  const subs = subtransactions.map((toXid): Target => ({
    kind: 'subtransaction',
    wanted: {toXid},
    expect: refused('it is a part of a transaction'),
  }))
  if (ended === null)
    return [
      ...subs,
      ...(top === null
        ? []
        : [{kind: 'unfinished', wanted: {toXid: top}, expect: refused('it has not ended')} as const]),
      ...transaction.statements.map(statement => ofStatement(statement, refused('its transaction has not ended'))),
    ]
  if (outcome === 'rolled back')
    return [
      ...subs,
      ...(top === null
        ? []
        : [
            {
              kind: 'rolled-back',
              wanted: {toXid: top},
              expect: {must: 'be-right', mark: markBehind(ended), upTo: markBehind(ended)},
            } as const,
          ]),
      ...transaction.statements.map(statement => ofStatement(statement, refused('it was rolled back'))),
    ]
  return [...subs, ...ofCommitted(recording, transaction, {top, ended})]
}

function ofCommitted(
  recording: Recording,
  transaction: Transaction,
  {top, ended}: {readonly top: string | null; readonly ended: number},
): readonly Target[] {
  const justBefore = {mark: markBefore(ended), upTo: markBehind(ended)}
  const numbered: readonly Target[] =
    top === null
      ? []
      : [
          {kind: 'xid', wanted: {toXid: top}, expect: exactly(markBehind(ended))},
          {kind: 'xid', wanted: {toXid: top, inclusive: false}, expect: {must: 'be-restored', ...justBefore}},
        ]
  const changed = changes(recording, ended)
  return [
    ...numbered,
    ...transaction.losses.map(loss => ofLoss(recording, transaction, loss, justBefore)),
    ...transaction.statements.map(statement =>
      ofStatement(
        statement,
        statement.fate === 'done'
          ? {must: changed && isPlain(recording, transaction, statement) ? 'be-restored' : 'be-right', ...justBefore}
          : refused(`it was ${statement.fate}`),
      ),
    ),
  ]
}

/**
 * What always leaves a trace that ties it: rows that came into a table which was there before its transaction. One that
 * the transaction made is in no catalog to be looked up in.
 */
function isPlain({marks}: Recording, {database, begun}: Transaction, {verb, table}: TaggedStatement): boolean {
  return verb === 'insert' && marks[markBefore(begun)]?.content.get(database)?.has(`table ${table}`) === true
}

function changes({marks}: Recording, step: number): boolean {
  const [before, after] = [marks[markBefore(step)], marks[markBehind(step)]]
  return JSON.stringify(entriesOf(before)) !== JSON.stringify(entriesOf(after))
}

function entriesOf(mark: Mark | undefined): unknown {
  return [...(mark?.content ?? [])].map(([database, content]) => [
    database,
    [...content].filter(([name]) => !name.startsWith('sequence ')),
  ])
}

function ofStatement({tag}: TaggedStatement, expect: Expectation): Target {
  const kind = expect.must === 'be-refused' ? 'changed-nothing' : 'before-statement'
  return {kind, wanted: {beforeStatement: tag}, expect}
}

function ofLoss(
  {history, marks}: Recording,
  {database}: Transaction,
  {table}: Loss,
  justBefore: {readonly mark: number; readonly upTo: number},
): Target {
  const all = history.transactions.filter(
    one => one.outcome === 'committed' && one.losses.some(loss => loss.table === table),
  )
  // The parent of partitions has no rows of its own, and one that nobody else ever saw is no loss.
  const seen = marks[justBefore.mark]?.content.get(database)?.has(`table ${table}`) === true
  const isParent = marks[justBefore.mark]?.content.get(database)?.has(`table ${table}_p0`) === true
  const expect: Expectation =
    all.length > 1
      ? refused('it was lost more than once')
      : {must: seen && !isParent && database === 'hl' ? 'be-restored' : 'be-right', ...justBefore}
  return {kind: 'before-drop', wanted: {beforeDrop: table}, expect}
}

/** Now and then a person names the backup; a loss must lie behind it. */
function withBackup(chance: Chance, {backups}: Recording, target: Target): Target {
  const {expect, kind} = target
  if (expect.must === 'be-refused') return target
  const before = backups.filter(({mark}) => mark <= expect.mark)
  const newest = before.at(-1)
  if (kind === 'before-drop' && newest !== undefined && newest !== backups.at(-1))
    return {...target, wanted: {...target.wanted, backup: newest.id}}
  return before.length > 0 && chance.is(0.3)
    ? {...target, wanted: {...target.wanted, backup: chance.of(before).id}}
    : target
}

/** What each database must hold then, by its name. */
export function expectedOf(
  {marks}: Recording,
  {mark, upTo}: {readonly mark: number; readonly upTo: number},
): ReadonlyMap<string, Expected> {
  const [least, most] = [marks[mark], marks[upTo]]
  if (least === undefined || most === undefined) throw new Error(`no mark ${mark} or ${upTo}`)
  return new Map(
    [...least.content].map(([database, content]) => [
      database,
      {content, locked: least.locked.get(database) ?? [], upTo: most.content.get(database) ?? content},
    ]),
  )
}

/** What is seen locked there is not known; it has no say whether a copy may be asked. */
export function isLocked(seen: ReadonlyMap<string, Content>): boolean {
  return [...seen.values()].some(content => lockedIn(content).length > 0)
}

/** For a person who repeats it. */
export function describeTarget({kind, wanted, expect}: Target): string {
  const words = Object.entries(wanted).map(([name, value]) => `${name}=${String(value)}`)
  const what = expect.must === 'be-refused' ? `refused: ${expect.why}` : `${expect.must}, mark ${expect.mark}`
  return `${kind} ${words.join(' ')} (${what})`
}
