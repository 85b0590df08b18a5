// Compares a restored server with what was recorded. Invariant: it is unknown where the tables could not be read to
// their end: what holds a reader up is in the data, and no damage of it. Not here: the questions (content-sql.ts), the
// comparison (compare-content.ts).
import type {BackupContent} from '../../model/backup.ts'
import type {RestoreNode} from '../../model/ports.ts'
import type {Check} from '../../model/verdict.ts'
import {verdictOf} from '../restore/judge-server.ts'
import {asVerifier} from '../restore/verifier-session.ts'
import {verifyMs} from '../restore/verify-restored.ts'
import {lastWords} from '../run-on-node.ts'
import {compareContent} from './compare-content.ts'
import {contentSql, parseContent} from './content-sql.ts'

/** Of the database hl, at the position where it stands. RESTORE_FAILED where the answer is not whole. */
export async function contentChecks(node: RestoreNode, recorded: BackupContent): Promise<readonly Check[]> {
  const psql = asVerifier('psql', '-X', '-q', '-A', '-t', '-w', '-v', 'ON_ERROR_STOP=1', '-d', 'hl', '-f', '-')
  const {exitCode, stdout, stderr} = await node.exec(psql, {
    user: 'postgres',
    timeoutMs: verifyMs,
    stdin: contentSql('stay'),
  })
  if (exitCode === 0) return compareContent(recorded, parseContent(stdout))
  const verdict = verdictOf({state: '', said: stderr})
  return [{name: 'content', verdict, detail: `not compared: ${lastWords(stderr)}`}]
}
