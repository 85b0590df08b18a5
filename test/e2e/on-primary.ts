// SQL on whatever node takes writes, asked without hl: starting hl for each statement costs a second. For tests only.
import {docker, type TestLab} from './use-lab.ts'

/** Standbys leave with this code, so that the next node is asked. */
const isStandby = 9

const script = `[ "$(psql -XAtq -d postgres -c 'SELECT pg_is_in_recovery()')" = f ] || exit ${isStandby}
exec psql -XAtq -v ON_ERROR_STOP=1 -d hl "$@"`

/**
 * What the statements printed, on the first of the nodes that is no standby; several are transactions of one session.
 * Rejects with the server's error.
 */
export async function sqlOnPrimary(
  lab: TestLab,
  nodes: readonly string[],
  ...statements: readonly string[]
): Promise<string> {
  const each = statements.flatMap(statement => ['-c', statement])
  for (const node of nodes) {
    const words = ['exec', '-u', 'postgres', lab.container(node), 'sh', '-c', script, 'sh', ...each]
    const answer = await docker(...words).catch((error: unknown) => {
      if ((error as {readonly code?: unknown}).code === isStandby) return null
      throw error
    })
    if (answer !== null) return answer.trim()
  }
  throw new Error(`none of ${nodes.join(', ')} takes writes`)
}
