// Ends the recovery of data in a container apart, on a timeline whose number the archive does not know. PostgreSQL
// looks for the histories of those that are taken with restore_command and takes the next one; nothing but those is
// given to it, since the data goes on where it ends. Source: findNewestTimeLine and StartupXLOG,
// src/backend/access/transam. Not here: when that is needed (src/lab/lifecycle/put-back.ts).
import type {RestoreNode} from '../../model/ports.ts'
import {runOnNode, type NodeTask} from '../run-on-node.ts'

const data = '/var/lib/postgresql/data'
const task: NodeTask = {next: ['run it again']}

/** The data directory holds a whole cluster; afterwards it is shut down cleanly. RESTORE_FAILED. */
export async function passArchived(node: RestoreNode): Promise<void> {
  const told = await runOnNode(node, 'asking the old data what it is', ['pg_controldata', '-D', data], task)
  const systemIdentifier = /^Database system identifier: +(\d+)$/m.exec(told)?.[1] ?? ''
  const histories = `case "%f" in *.history) wal-get "/archive/${systemIdentifier}/wal" "%f" "%p" ;; *) exit 1 ;; esac`
  // Along its own: the newest is one that its data has nothing of.
  const settings = [`restore_command=${histories}`, 'recovery_target_timeline=current']
  await runOnNode(node, 'starting the old data', ['recovery', 'start', ...settings], task)
  await runOnNode(node, 'beginning a timeline of the old data', ['recovery', 'wait'], task)
  await runOnNode(node, 'shutting the old data down', ['recovery', 'stop'], task)
}
