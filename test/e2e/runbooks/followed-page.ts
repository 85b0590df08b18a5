// A page of runbooks/ that is followed on a real lab: what is done before, the words of `hl runbooks run`, what must be
// so afterwards. For tests only. Not here: the tables (cluster-pages.ts, shard-pages.ts), how they are followed
// (../nightly/runbooks.test.ts).
import {docker, type TestLab} from '../use-lab.ts'

/** A lab, and what is done to it beside hl. */
export interface PageWorld {
  readonly lab: TestLab
  /** What a shell of root says in a service. */
  readonly run: (service: string, script: string) => Promise<string>
  /** What a shell of postgres says on a node. */
  readonly onNode: (member: string, script: string) => Promise<string>
  /** What psql says, as the superuser in the node itself; several are transactions of one session. */
  readonly sql: (member: string, ...statements: readonly string[]) => Promise<string>
  /** A shard's, where it is named. */
  readonly primary: (shard?: string) => Promise<string>
  readonly standby: (shard?: string) => Promise<string>
  readonly container: (verb: 'stop' | 'start' | 'kill', ...services: readonly string[]) => Promise<void>
}

export interface FollowedPage {
  readonly runbook: string
  /** In a few words, where a page is followed in several ways. */
  readonly what: string
  /** Breaks what has to be broken; the words behind the name of the page. Absent: none. */
  readonly prepares?: (world: PageWorld) => Promise<readonly string[]>
  /** Throws where it did not come about. */
  readonly sees?: (world: PageWorld) => Promise<void>
}

/** `members`: all PostgreSQL nodes, also those that are not made yet. */
export function pageWorld(lab: TestLab, members: readonly string[]): PageWorld {
  const exec = async (user: string, service: string, ...argv: readonly string[]): Promise<string> =>
    (await docker('exec', '-u', user, lab.container(service), ...argv)).trim()
  const sql: PageWorld['sql'] = async (member, ...statements) =>
    exec(
      ...['postgres', member, 'psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', 'hl'],
      ...statements.flatMap(statement => ['-c', statement]),
    )
  const withRole = async (wanted: 't' | 'f', shard: string): Promise<string> => {
    for (const member of members.filter(name => name.startsWith(shard))) {
      const said = await sql(member, 'SELECT pg_is_in_recovery()').catch(() => 'silent')
      if (said === wanted) return member
    }
    throw new Error(`no member of ${members.join()} says ${wanted}`)
  }
  return {
    lab,
    sql,
    run: async (service, script) => exec('root', service, 'sh', '-euc', script),
    onNode: async (member, script) => exec('postgres', member, 'sh', '-euc', script),
    primary: async (shard = '') => withRole('f', shard),
    standby: async (shard = '') => withRole('t', shard),
    container: async (verb, ...services) => {
      await docker(verb, ...services.map(service => lab.container(service)))
    },
  }
}

/** Throws unless they are alike. */
export function mustBe(seen: string, wanted: string): void {
  if (seen !== wanted) throw new Error(`"${seen}" instead of "${wanted}"`)
}
