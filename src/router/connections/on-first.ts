// The first of several events. Not here: what any of them means.
import type {EventEmitter} from 'node:events'

/** Calls `done` once, at the first of these events, behind the listeners that are there. */
export function onFirst(emitter: EventEmitter, names: readonly string[], done: () => void): void {
  const first = (): void => {
    for (const name of names) emitter.removeListener(name, first)
    done()
  }
  for (const name of names) emitter.on(name, first)
}
