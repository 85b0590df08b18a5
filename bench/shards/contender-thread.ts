// The inside of a contender's thread: opens its way, does what it is told. Not here: what there is to do (tasks.ts).
import {workerData} from 'node:worker_threads'
import {serveTasks} from '../task-thread.ts'
import {tasks} from './tasks.ts'
import {open, type Way} from './way.ts'

serveTasks(tasks, open(workerData as Way))
