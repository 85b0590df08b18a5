// Asks a router on a running lab what it would do with a statement. Invariant: the statement itself is never sent
// anywhere; the router asks the nodes who they are and the database which of its functions write, as the read-only
// role. Not here: the rules (src/router), what is made of its answer (explain-answer.ts).
import type {Clock, LabEndpoints} from '../model/ports.ts'
import {Session} from '../router/index.ts'
import type {Consistency, Explanation, Token} from '../router/index.ts'
import {heardOfAll, openLabRouter} from './open-lab-router.ts'

/** Nothing waits behind somebody who only asks. */
const waitMs = 2_000

export interface ExplainedLab {
  readonly endpoints: Pick<LabEndpoints, 'rest' | 'postgres'>
  readonly members: readonly string[]
  /** Of the read-only role. */
  readonly password: string
}

export interface ExplainRequest {
  readonly statement: string
  readonly consistency: Consistency
  /** What the reader must have seen; null: no session. */
  readonly token: Token | null
  /** How often the router is asked: among equals it draws. */
  readonly times: number
}

export interface ExplainedOnLab {
  /** As often as was asked. */
  readonly explained: readonly Explanation[]
  /** What the router could not learn. */
  readonly notes: readonly string[]
}

/** Rejects as Router.explain(); what could not be heard of in time is told as not known. */
export async function explainOnLab(
  {endpoints, members, password}: ExplainedLab,
  {statement, consistency, token, times}: ExplainRequest,
  clock: Clock,
): Promise<ExplainedOnLab> {
  const account = {user: 'hl_readonly', password, database: 'hl', applicationName: 'hl router explain'}
  const router = openLabRouter({endpoints, account, options: {consistency, max: 1, waitMs}})
  const notes: string[] = []
  router.events.on('catalogue', ({error}) => {
    if (error !== null)
      notes.push(
        `which functions of the database write could not be read (${error}): all but the built-in ones count as ` +
          'if they did',
      )
  })
  try {
    await heardOfAll(router, members, clock)
    const explained: Explanation[] = []
    for (let time = 0; time < times; time++)
      explained.push(await router.explain(statement, token === null ? null : new Session(token)))
    return {explained, notes}
  } finally {
    await router.end()
  }
}
