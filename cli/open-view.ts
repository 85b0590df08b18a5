// The view of a run for this terminal. Not here: what a view shows (view/).
import {writeNote} from './output.ts'
import {chooseView, type ViewKind} from './view/choose-view.ts'
import {lineView} from './view/line-view.ts'
import {liveView} from './view/live-view.ts'
import {moveView, type MoveView} from './view/move-view.ts'
import type {Theme} from '../src/report/theme.ts'
import {silentView} from './view/view.ts'
import type {View} from './view/view.ts'

export interface ViewOptions {
  readonly quiet: boolean
  readonly verbose: boolean
  readonly json: boolean
  readonly theme: Theme
  /** Is a person asked before each step? */
  readonly interactive?: boolean
}

/** Progress goes to stderr, whatever the view. */
export function openView(options: ViewOptions): View {
  const kind = kindOf(options)
  if (kind === 'silent') return silentView
  const {theme, interactive = false} = options
  return kind === 'live'
    ? liveView({stderr: process.stderr, theme, stepByStep: interactive})
    : lineView(writeNote, theme)
}

const kindOf = ({quiet, verbose, json}: ViewOptions): ViewKind =>
  chooseView({
    tty: process.stderr.isTTY,
    ci: (process.env['CI'] ?? '') !== '',
    dumb: process.env['TERM'] === 'dumb',
    json,
    quiet,
    verbose,
  })

/** The same of moves of groups. */
export function openMoveView(options: ViewOptions): MoveView {
  return moveView(kindOf(options), {write: writeNote, theme: options.theme, nowMs: () => performance.now()})
}
