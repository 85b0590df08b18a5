// Tables of the page. Invariant: cells are nodes of markup.ts, so text is text. Not here: charts (svg-*.ts), the order
// of the page (to-html.ts).
import type {ReadCounts, Report, TrialSummary} from '../model/report.ts'
import {formatMs, timeOfDay} from '../model/time.ts'
import type {Verdict} from '../model/verdict.ts'
import {wordsOf} from './command-words.ts'
import {describeEvent} from './describe-event.ts'
import {element, type Attributes, type Child, type Markup} from './markup.ts'
import {objectiveActual, objectiveTitle, objectiveValue, objectiveVerdict, type MetricRow} from './metric-rows.ts'
import {formatCount, formatShare, plural} from '../model/quantity.ts'
import {endlessMs, type ExplainedPart} from './rto-parts.ts'
import {bodyStartedAt, tellingEvents} from './run-marks.ts'
import type {Fact} from './setup-facts.ts'
import {partSwatch} from './svg-parts.ts'
import {spreadCells, spreadNames} from './trial-spread.ts'

export interface Column {
  readonly name: string
  readonly className?: string
}

const verdictMarks: Readonly<Record<Verdict, string>> = {pass: '✓ pass', fail: '✗ fail', unknown: '? unknown'}

/** The word and its mark, so that colour is not needed. */
function verdictText(verdict: Verdict): Markup {
  return element('span', {class: `${verdict}-text nowrap`}, verdictMarks[verdict])
}

/** In a box of its own, in which what is too wide for the page scrolls. */
function boxed(tag: string, attributes: Attributes, ...children: readonly Child[]): Markup {
  return element('div', {class: 'scroll'}, element(tag, attributes, ...children))
}

export function table(
  columns: readonly Column[],
  rows: readonly (readonly Child[])[],
  className: string | null = null,
): Markup {
  const cell = (tag: string, index: number, child: Child): Markup =>
    element(tag, {class: columns[index]?.className ?? null, ...(tag === 'th' ? {scope: 'col'} : {})}, child)
  const head = element(
    'thead',
    {},
    element(
      'tr',
      {},
      columns.map((column, index) => cell('th', index, column.name)),
    ),
  )
  return boxed(
    'table',
    {class: className},
    head,
    element(
      'tbody',
      {},
      rows.map(row =>
        element(
          'tr',
          {},
          row.map((child, index) => cell('td', index, child)),
        ),
      ),
    ),
  )
}

export function factsTable(title: string, facts: readonly (readonly [name: string, value: Child])[]): Markup {
  return element(
    'div',
    {},
    element('h3', {}, title),
    boxed(
      'table',
      {},
      element(
        'tbody',
        {},
        facts.map(([name, value]) => element('tr', {}, element('td', {class: 'meta'}, name), element('td', {}, value))),
      ),
    ),
  )
}

/** The headline figures. */
export function tiles(rows: readonly MetricRow[]): Markup {
  return element(
    'div',
    {class: 'tiles'},
    rows.map(row =>
      element(
        'div',
        {class: `tile ${row.verdict ?? ''}`.trim()},
        element('div', {class: 'name'}, row.name),
        element('div', {class: 'value'}, unbroken(row.value)),
        row.limit === null
          ? []
          : element('div', {class: 'owed'}, `${row.limit} `, row.verdict === null ? [] : verdictText(row.verdict)),
        element('div', {class: 'note'}, row.note),
      ),
    ),
  )
}

/** A number stays beside its unit, and beside the slash before it: `3.98 s` is not broken over two lines. */
function unbroken(text: string): string {
  return text.replaceAll(/(?<=\d) (?=[a-zA-Z%/])|(?<=\/) /g, '\u00a0')
}

/** `numbered`: by the numbers and colours of the bar above the table. */
export function partsTable(report: Report, parts: readonly ExplainedPart[], numbered: boolean): Markup {
  const tight = {className: 'tight'}
  return table(
    [
      ...(numbered ? [{name: '', ...tight}] : []),
      {name: 'part', ...tight},
      {name: 'time', className: 'num tight'},
      {name: 'share', className: 'num tight'},
      {name: wordsOf(report).partNote},
    ],
    parts.map((part, index) => [
      ...(numbered ? [partSwatch(part.name, index + 1)] : []),
      part.name,
      formatMs(part.ms),
      formatShare(part.share),
      part.note,
    ]),
  )
}

/** What did not pass first, and in sight; the rest folded. */
export function checksTables({checks}: Pick<Report, 'checks'>): readonly Markup[] {
  const rowsOf = (passed: boolean): readonly (readonly Child[])[] =>
    checks
      .filter(({verdict}) => (verdict === 'pass') === passed)
      .map(({verdict, name, detail}) => [verdictText(verdict), name, detail])
  const head = [{name: 'verdict', className: 'tight'}, {name: 'check', className: 'tight'}, {name: 'what it saw'}]
  const [rest, passed] = [rowsOf(false), rowsOf(true)]
  return [
    ...(rest.length === 0 ? [] : [table(head, rest)]),
    ...(passed.length === 0
      ? []
      : [
          element(
            'details',
            {},
            element('summary', {}, `${passed.length} of ${plural(checks.length, 'check')} passed`),
            table(head, passed),
          ),
        ]),
  ]
}

export function objectivesTable(report: Report): Markup {
  return table(
    [
      {name: 'verdict', className: 'tight'},
      {name: 'objective', className: 'tight'},
      {name: 'at most', className: 'num tight'},
      {name: 'measured'},
    ],
    report.objectives.map(objective => [
      verdictText(objectiveVerdict(report, objective)),
      objectiveTitle(report, objective.name),
      objectiveValue(objective.name, objective.limit),
      objectiveActual(report, objective),
    ]),
  )
}

/** Spread of the RTO and its parts, and each trial. */
export function trialsTables(trials: TrialSummary): readonly Markup[] {
  const spreads = [
    ['RTO', trials.rtoMs] as const,
    ...Object.entries(trials.parts),
    ['redundancy', trials.timeToRedundancyMs] as const,
  ]
  const rows = spreads.flatMap(([name, spread]) => (spread === null ? [] : [[name, ...spreadCells(trials, spread)]]))
  const num = {className: 'num'}
  const runs = trials.runs.map(run => [
    String(run.trial),
    run.run,
    verdictText(run.verdict),
    run.unmeasured === true ? 'unknown' : endlessMs(run.rtoMs),
    formatCount(run.lost),
    trials.outliers.find(outlier => outlier.trial === run.trial)?.reason ?? '',
  ])
  return [
    table([{name: ''}, ...spreadNames(trials).map(name => ({name, ...num}))], rows, 'compact'),
    element(
      'details',
      {},
      element('summary', {}, 'Each trial'),
      table(
        [
          {name: 'trial', ...num},
          {name: 'run'},
          {name: 'verdict'},
          {name: 'RTO', ...num},
          {name: 'lost', ...num},
          {name: 'outlier because'},
        ],
        runs,
      ),
    ),
  ]
}

function counts(facts: readonly (readonly [string, number])[]): readonly Fact[] {
  return facts.map(([name, value]) => [name, formatCount(value)])
}

/** Nothing where the load asked for no reads. */
function readsTable(title: string, reads: ReadCounts): Child {
  if (reads.attempted === 0) return []
  return factsTable(title, [
    ...counts([
      ['attempted', reads.attempted],
      ['ok', reads.ok],
      ['stale', reads.stale],
      ['not monotonic', reads.nonMonotonic],
      ['own writes not read', reads.readYourWrites],
    ]),
    ['stale, at most', `${formatMs(reads.staleMsMax)}, ${plural(reads.staleVersionsMax, 'version')}`],
  ])
}

/** Every operation by its outcome. */
export function countsTables(report: Report): Markup {
  const {writes, transfers} = report
  // Of a service nobody need have looked.
  const isUnread = report.through === 'service' && report.rpo === null
  const rows: readonly (readonly [string, number])[] = [
    ['lost', writes.lost],
    ['duplicated', writes.duplicated],
    ['phantom', writes.phantom],
    ['resurrected', writes.resurrected],
  ]
  return element(
    'div',
    {class: 'columns'},
    factsTable(
      'Writes',
      counts([
        ['attempted', writes.attempted],
        ['acknowledged', writes.acknowledged],
        ['of these, by one node only', writes.acknowledgedLocalOnly],
        ['failed', writes.failed],
        ['unknown: found', writes.unknown.found],
        ['unknown: absent', writes.unknown.absent],
        ['unknown: unknowable', writes.unknown.unknowable],
        ['late', writes.late],
        ...(isUnread ? [] : rows),
        ['transfers acknowledged', transfers.acknowledged],
      ]),
    ),
    readsTable('Reads from the primary', report.readsPrimary),
    readsTable('Reads from standbys', report.readsStandby),
  )
}

/** What happened, without the samples of every second; with the time of day where the run's begin is known. */
export function eventsTable(report: Pick<Report, 'events' | 'startedAt' | 'trials'>): Markup {
  const startedAt = bodyStartedAt(report)
  const rows = tellingEvents(report.events).map(event => {
    const {subject, status, facts} = describeEvent(event)
    return [
      `+${(event.atMs / 1_000).toFixed(1)} s`,
      timeOfDay(startedAt, event.atMs, 1) ?? '',
      subject,
      status === 'note' ? '' : status,
      facts.map(([name, value]) => `${name} ${value}`).join(' · '),
    ]
  })
  return table(
    [
      {name: 'when', className: 'num tight'},
      {name: 'UTC', className: 'num tight'},
      {name: 'what', className: 'tight'},
      {name: '', className: 'tight'},
      {name: 'facts'},
    ],
    rows,
  )
}
