// What the machine does to a container in which a backup is looked at: no room left, killed, a program that is not
// there. Invariant: that is an error and never an answer about the backup, which may be good.
// Not here: what a check asks (verify-by-restoring.ts, verify-backup.ts).
import {hint} from '../../model/command-hint.ts'
import {HlError} from '../../model/errors.ts'
import type {ExecResult, RestoreNode} from '../../model/ports.ts'

/** Told apart from other errors of its codes: those may be what a damaged backup comes to. */
export class HostFault extends HlError {}

const full = /no space left on device/i
/** PostgreSQL's words of a process that was killed, which is what happens without memory. */
const killed = /terminated by signal 9|could not fork|cannot allocate memory/i
/**
 * From here on an exit code is not the program's own: 126 and 127, it could not be run; more than 128, a signal ended
 * it.
 */
const notItsOwn = 126
const askMs = 30_000

/** PURE: null where the program ended by itself, so that what it says is about the backup. */
export function hostFault({exitCode, stderr}: Pick<ExecResult, 'exitCode' | 'stderr'>): HostFault | null {
  if (exitCode === 0) return null
  const said = stderr.trim().split('\n').slice(-3).join(' / ').slice(-400)
  if (full.test(stderr))
    return new HostFault('DISK_FULL', `there was no room to look at the backup, so nothing is said of it: ${said}`, {
      next: ['docker system df', hint('down', {lab: '<name>', why: 'for a lab that is not needed'}), 'run it again'],
    })
  if (exitCode < notItsOwn && !killed.test(stderr)) return null
  return new HostFault(
    'RESTORE_FAILED',
    `what looked at the backup was killed or could not be run (exit ${exitCode}), so nothing is said of it: ` +
      (said === '' ? 'no words' : said),
    {
      next: [
        hint('status', {why: 'says whether the container still runs'}),
        hint('doctor'),
        'is there memory enough? docker stats',
        'run it again',
      ],
    },
  )
}

/** The same container, whose programs never answer with such a fault: it is thrown. */
export function withoutHostFaults(node: RestoreNode): RestoreNode {
  return {
    exec: async (argv, options) => {
      const result = await node.exec(argv, options)
      const fault = hostFault(result)
      if (fault !== null) throw fault
      return result
    },
    remove: async () => node.remove(),
  }
}

/** A client sees only that the server went away: why is in the server's log. Throws HostFault. */
export async function requireNoFaultInLog(node: RestoreNode): Promise<void> {
  const {exitCode, stdout} = await node.exec(
    ['grep', '-m', '1', '-iE', `${full.source}|${killed.source}`, '/tmp/recovery.log'],
    {user: 'postgres', timeoutMs: askMs},
  )
  const fault = exitCode === 0 ? hostFault({exitCode: 1, stderr: stdout}) : null
  if (fault !== null) throw fault
}
