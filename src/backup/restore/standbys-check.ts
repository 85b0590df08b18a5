// Are the standbys of a restored lab there? PURE. What was restored is no better or worse for that, so their lack is a
// check that failed, with the command that mends it.
// Not here: waiting for them (cli/restore.ts), making one anew (src/lab/nodes).
import type {ClusterState} from '../../model/topology.ts'
import type {Check} from '../../model/verdict.ts'

/** `why`: what was seen where they did not all come to stream; null when they did. */
export function standbysCheck(
  {lab, primary, members}: Pick<ClusterState, 'lab' | 'primary' | 'members'>,
  why: string | null,
): Check {
  const name = 'standbys'
  if (why === null) return {name, verdict: 'pass', detail: `${members.length - 1} of ${members.length - 1} stream`}
  // Without a primary none could be made anew.
  const missing =
    primary === null ? [] : members.filter(member => member.name !== primary && member.state !== 'streaming')
  // One that runs may be on its way: nobody waits for it where another one cannot come.
  const how = missing.map(
    member =>
      `${member.name} does not ${member.container === 'running' ? 'stream yet' : 'run'} ` +
      `(${member.container === 'running' ? 'if it stays so: ' : ''}hl nodes rebuild ${member.name} --lab ${lab})`,
  )
  return {name, verdict: 'fail', detail: [...how, why].join('; ')}
}
