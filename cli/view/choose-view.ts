// Which view a run gets. PURE; all that it depends on is an argument. Not here: how TTY and environment are read (the
// command).

export type ViewKind = 'live' | 'line' | 'silent'

export interface ViewChoice {
  /** Is stderr a terminal? */
  readonly tty: boolean
  /** Is CI set? */
  readonly ci: boolean
  /** TERM=dumb: a terminal that cannot move its cursor. */
  readonly dumb: boolean
  readonly json: boolean
  readonly quiet: boolean
  readonly verbose: boolean
}

/**
 * Quiet wins; then verbose, which asks for lines even beside --json; then --json is silent; a screen needs a terminal
 * that is nobody's log.
 */
export function chooseView({tty, ci, dumb, json, quiet, verbose}: ViewChoice): ViewKind {
  if (quiet) return 'silent'
  if (verbose) return 'line'
  if (json) return 'silent'
  return tty && !ci && !dumb ? 'live' : 'line'
}
