// Keeps a failing sink (a full disk) from breaking the way back: its first error is kept and ends the walk, healing
// goes on without it.
// Not here: what sinks do with events (cli/view, run-folder.ts).
import type {EventSink} from '../model/ports.ts'

export interface GuardedSink {
  /** Never throws. */
  readonly emit: EventSink
  /** Throws what the sink threw first, if it ever did. */
  check(): void
}

export function guardSink(sink: EventSink): GuardedSink {
  let broken: {readonly error: unknown} | null = null
  return {
    emit: event => {
      try {
        sink(event)
      } catch (error) {
        broken ??= {error}
      }
    },
    check: () => {
      if (broken !== null) throw broken.error
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
