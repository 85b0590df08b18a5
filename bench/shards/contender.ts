// One contender: a way to the rows in a thread of its own. Not here: the thread (../task-thread.ts), the tasks
// (tasks.ts).
import type {Undo} from '../router/undo.ts'
import {TaskThread} from '../task-thread.ts'
import type {Tasks} from './tasks.ts'
import type {Way} from './way.ts'

export class Contender extends TaskThread<Tasks> {
  constructor(way: Way, undo: Undo) {
    super(new URL('contender-thread.ts', import.meta.url), way, undo)
  }
}

/** One of each; they are to be ended by who asked for them. */
export function contendersOf<Name extends string>(
  ways: Readonly<Record<Name, Way>>,
  undo: Undo,
): Readonly<Record<Name, Contender>> {
  const entries = Object.entries<Way>(ways).map(([name, way]) => [name, new Contender(way, undo)] as const)
  return Object.fromEntries(entries) as Record<Name, Contender>
}

export async function endAll(contenders: Readonly<Record<string, Contender>>): Promise<void> {
  for (const contender of Object.values(contenders)) await contender.end()
}
