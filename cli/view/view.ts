// What shows a run while it goes on. Invariant: a view listens and never decides; stderr only, so that stdout keeps the
// answer.
import type {RunEvent} from '../../src/model/run-event.ts'

export interface View {
  onEvent(event: RunEvent): void
  /** Resolves when nothing is being drawn: what is printed next has lines of its own. For between two steps. */
  rest(): Promise<void>
  /**
   * Resolves when the last frame is on the screen: what is printed next stands below it. Call once, after the last
   * event.
   */
  close(): Promise<void>
}

/** For --quiet and --json. */
export const silentView: View = {
  onEvent: () => undefined,
  rest: () => Promise.resolve(),
  close: () => Promise.resolve(),
}
