// The inside of a contender's thread: makes its pool, does what it is told. Not here: what there is to do (tasks.ts).
import {workerData} from 'node:worker_threads'
import {serveTasks} from '../task-thread.ts'
import {tasks} from './tasks.ts'
import {poolOf, type Way} from './way.ts'

const pool = poolOf(workerData as Way)
// A bare pg.Pool ends its process when an idle connection breaks and nobody listens.
pool.on('error', () => undefined)
serveTasks(tasks, pool)
