// The run as a list of tasks on a terminal, drawn by listr2. Invariant: listr2 shows and never decides: a task only
// waits for the event that ends it, its signal handler is off (Ctrl-C is ours), and everything goes to stderr. Not
// here: which view to take (choose-view.ts).
import {Listr, ListrLogger, ProcessOutput, DefaultRenderer, SilentRenderer, type ListrTaskWrapper} from 'listr2'
import type {RunEvent} from '../../src/model/run-event.ts'
import {formatMs} from '../../src/model/time.ts'
import {fit, printable} from '../../src/report/printable.ts'
import type {Paint, Theme} from '../../src/report/theme.ts'
import {lineView} from './line-view.ts'
import type {View} from './view.ts'
import {elapsedText, waitingLines} from './waiting-lines.ts'
import {noWatch, watch, type WatchState} from './watch-state.ts'

/**
 * The view was chosen already (choose-view.ts), but listr2 looks at stdout and would fall back to a renderer that
 * prints there: `hl failover > file` would get progress in its answer. Its option forceTTY sets process.stdout.isTTY,
 * which would put colour into that file.
 */
class StderrRenderer extends DefaultRenderer {
  static override nonTTY = true
}

type Wrapper = ListrTaskWrapper<unknown, typeof StderrRenderer, typeof SilentRenderer>
type StepEnd =
  | {readonly kind: 'done'; readonly title: string}
  | {readonly kind: 'failed'; readonly reason: string}
  | {readonly kind: 'dropped'}

/** A step as the list sees it: a wrapper once it is drawn, an end once an event told it. */
interface Row {
  readonly label: string
  readonly ended: PromiseWithResolvers<StepEnd>
  wrapper: Wrapper | null
}

export interface LiveViewOptions {
  readonly stderr: NodeJS.WriteStream
  readonly theme: Theme
  /** A list for each step, so that a question can stand between two; otherwise one per trial. */
  readonly stepByStep?: boolean
}

/** The view; each list stands below the one before, and so do the lines of what follows Ctrl-C. */
export function liveView({stderr, theme, stepByStep = false}: LiveViewOptions): View {
  let rows: readonly Row[] = []
  let state: WatchState = noWatch
  let drawn: Promise<void> = Promise.resolve()
  /** After Ctrl-C: what is healed is told line by line. */
  let healing: View | null = null
  const columns = (): number => Math.max(40, stderr.columns - 6)

  const begin = (event: Extract<RunEvent, {kind: 'run.started'}>): void => {
    drop(rows)
    rows = event.steps.map(label => ({label: printable(label), ended: Promise.withResolvers<StepEnd>(), wrapper: null}))
    healing = null
    below(() => void stderr.write(`${headline(event, theme)}\n`))
    if (!stepByStep) drawBelow(rows)
  }
  const drawBelow = (list: readonly Row[]): void => below(() => draw(list, {stderr, theme}))
  const below = (work: () => void | Promise<void>): void => {
    drawn = drawn.then(work)
  }
  const refresh = (): void => {
    const row = state.step === null ? undefined : rows[state.step.index]
    if (row?.wrapper === null || row === undefined) return
    row.wrapper.title = `${row.label}  ${theme.dim(elapsedText(state))}`
    row.wrapper.output = waitingLines(state, theme, columns()).join('\n')
  }

  const end = (step: number, how: StepEnd): void => {
    rows[step]?.ended.resolve(how)
    // The runner walks no further after a failed step.
    if (how.kind === 'failed') drop(rows)
  }

  const interrupted = (): void => {
    drop(rows)
    const lines = lineView(text => void stderr.write(text), theme)
    healing = {...lines, onEvent: event => below(() => lines.onEvent(event))}
  }

  return {
    onEvent: event => {
      state = watch(state, event)
      if (event.kind === 'run.started') begin(event)
      else if (event.kind === 'run.interrupted') interrupted()
      else if (healing !== null) healing.onEvent(event)
      else if (stepByStep && event.kind === 'step.started') drawBelow(rows.slice(event.step, event.step + 1))
      else if (event.kind === 'step.started' || event.kind === 'cluster.observed' || event.kind === 'load.window')
        refresh()
      else if (event.kind === 'step.done') end(event.step, {kind: 'done', title: doneTitle(event, theme, columns())})
      else if (event.kind === 'step.failed')
        end(event.step, {kind: 'failed', reason: `${printable(event.message)} (${printable(event.code)})`})
      else if (event.kind === 'run.done') drop(rows)
    },
    rest: async () => (stepByStep ? drawn : Promise.resolve()),
    close: async () => {
      drop(rows)
      await drawn
    },
  }
}

function doneTitle(event: Extract<RunEvent, {kind: 'step.done'}>, theme: Theme, columns: number): string {
  const at = `  +${formatMs(event.atMs)}`
  return fit(`${printable(event.label)}  ${printable(event.detail)}`, columns - at.length) + theme.dim(at)
}

function headline(event: Extract<RunEvent, {kind: 'run.started'}>, theme: Theme): string {
  const trial = event.trials > 1 ? `trial ${event.trial} of ${event.trials}  ` : ''
  return (
    `${theme.strong(printable(event.scenario))}  ` +
    `${trial}${theme.dim(`seed ${event.seed}  run ${printable(event.run)}`)}`
  )
}

/** Steps that no event will end any more. */
function drop(rows: readonly Row[]): void {
  for (const row of rows) row.ended.resolve({kind: 'dropped'})
}

/** listr2's own colours would ignore --no-color. */
function colours(
  theme: Theme,
): Readonly<
  Record<
    'SKIPPED_WITH_COLLAPSE' | 'SKIPPED_WITHOUT_COLLAPSE' | 'PENDING' | 'OUTPUT' | 'COMPLETED' | 'FAILED' | 'WAITING',
    (text?: string) => string
  >
> {
  const by =
    (paint: Paint) =>
    (text?: string): string =>
      paint(text ?? '')
  return {
    SKIPPED_WITH_COLLAPSE: by(theme.dim),
    SKIPPED_WITHOUT_COLLAPSE: by(theme.dim),
    PENDING: by(theme.hint),
    OUTPUT: by(theme.dim),
    COMPLETED: by(theme.ok),
    FAILED: by(theme.fail),
    WAITING: by(theme.dim),
  }
}

async function draw(rows: readonly Row[], {stderr, theme}: LiveViewOptions): Promise<void> {
  const list = new Listr<unknown, typeof StderrRenderer, typeof SilentRenderer>(
    rows.map(row => ({title: row.label, task: (_context: unknown, wrapper: Wrapper) => follow(row, wrapper)})),
    {
      concurrent: false,
      exitOnError: false,
      collectErrors: false,
      registerSignalListeners: false,
      renderer: StderrRenderer,
      fallbackRenderer: SilentRenderer,
      rendererOptions: {
        logger: new ListrLogger({useIcons: true, processOutput: new ProcessOutput(stderr, stderr)}),
        color: colours(theme),
        collapseErrors: false,
        collapseSkips: false,
        formatOutput: 'truncate',
        removeEmptyLines: true,
      },
    },
  )
  await list.run()
}

async function follow(row: Row, wrapper: Wrapper): Promise<void> {
  row.wrapper = wrapper
  const end = await row.ended.promise
  row.wrapper = null
  if (end.kind === 'failed') throw new Error(end.reason)
  if (end.kind === 'dropped') wrapper.skip('not run')
  else wrapper.title = end.title
}
