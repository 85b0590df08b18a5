// One contender: a pool in a thread of its own. Not here: the thread (../task-thread.ts), the tasks (tasks.ts).
import {TaskThread} from '../task-thread.ts'
import type {Tasks} from './tasks.ts'
import type {Undo} from './undo.ts'
import type {Way} from './way.ts'

export class Contender extends TaskThread<Tasks> {
  constructor(way: Way, undo: Undo) {
    super(new URL('contender-thread.ts', import.meta.url), way, undo)
  }
}
