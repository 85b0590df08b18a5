// Asks a router on a running lab what it would do with a statement. Invariant: the statement itself is never sent
// anywhere; the router asks the nodes who they are and the database which of its functions write, as the read-only
// role. Not here: the rules (src/router), what is made of its answer (explain-answer.ts).
import type {ConnectedLab} from '../src/lab/lifecycle/connect-lab.ts'
import {HlError} from '../src/model/errors.ts'
import type {Clock} from '../src/model/ports.ts'
import {parseToken, Session} from '../src/router/index.ts'
import type {Explanation, Token} from '../src/router/index.ts'
import {heardOfAll, openLabRouter} from '../src/load/open-lab-router.ts'
import {answerOf, type ExplainAnswer, type ExplainOptions} from './explain-answer.ts'

/** Nothing waits behind a command that only asks. */
const waitMs = 2_000

/** USAGE for a token that is none; otherwise as answerOf(). */
export async function explainStatement(
  lab: ConnectedLab,
  options: ExplainOptions,
  clock: Clock,
): Promise<ExplainAnswer> {
  const token = tokenOf(options.afterToken)
  const account = {
    user: 'hl_readonly',
    password: lab.secrets.readonly,
    database: 'hl',
    applicationName: 'hl router explain',
  }
  const router = openLabRouter({
    endpoints: lab.endpoints,
    account,
    options: {consistency: options.consistency, max: 1, waitMs},
  })
  const notes: string[] = []
  router.events.on('catalogue', ({error}) => {
    if (error !== null)
      notes.push(
        `which functions of the database write could not be read (${error}): all but the built-in ones count as if they did`,
      )
  })
  try {
    await heardOfAll(router, lab.cluster.members, clock)
    const explained: Explanation[] = []
    for (let time = 0; time < options.times; time++)
      explained.push(await router.explain(options.statement, token === null ? null : new Session(token)))
    return answerOf({
      lab: lab.cluster.lab,
      members: lab.cluster.members,
      options,
      token,
      explained,
      notes,
    })
  } finally {
    await router.end()
  }
}

function tokenOf(text: string | null): Token | null {
  if (text === null) return null
  const token = parseToken(text)
  if (token === null)
    throw new HlError('USAGE', `--after-token ${text} is no token`, {
      next: ["the text of the application's session is one, like hl1.3.0-16B3748"],
    })
  return token
}
