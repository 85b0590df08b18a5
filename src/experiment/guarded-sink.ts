// Keeps a failing sink (a full disk) from breaking the way back: its first error is kept and ends the walk, healing
// goes on without it.
// Not here: what sinks do with events (cli/view, run-folder.ts).
import type {EventSink} from '../model/ports.ts'

export interface GuardedSink {
  /** Never throws. */
  readonly emit: EventSink
  /** Throws what the sink threw first, if it ever did. */
  check(): void
  /** Both: for the walk, which an event that was not kept ends. */
  readonly strict: EventSink
}

export function guardSink(sink: EventSink): GuardedSink {
  let broken: {readonly error: unknown} | null = null
  const emit: EventSink = event => {
    try {
      sink(event)
    } catch (error) {
      broken ??= {error}
    }
  }
  const check = (): void => {
    if (broken !== null) throw broken.error
  }
  return {
    emit,
    check,
    strict: event => {
      emit(event)
      check()
    },
  }
}

/** Whoever watches sees an event first, so that a full disk keeps nobody from seeing what is still broken. */
export function watchedFirst(watch: EventSink, keep: EventSink): EventSink {
  return event => {
    try {
      watch(event)
    } finally {
      keep(event)
    }
  }
}
