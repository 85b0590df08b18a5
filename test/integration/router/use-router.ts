// Routers for a test file: each is ended with its test, and none may leave a connection behind. For tests only.
import {onTestFinished} from 'vitest'
import {Router, type RouterOptions} from '../../../src/router/index.ts'
import type {TestServers} from './servers.ts'
import {until} from './until.ts'

/** Asked often; that a busy host answers late is no failure. */
const patientTimes = {pollMs: 50, fastPollMs: 25, timeoutMs: 5_000, evidenceTtlMs: 15_000}
/** A node that is lost is lost soon enough to be waited for in a test. */
const quickTimes = {pollMs: 50, fastPollMs: 25, timeoutMs: 500, evidenceTtlMs: 1_500}

/**
 * Asks by SQL, as the application's role; `application_name` is the test's own, so that its connections can be counted.
 */
export function routerOptions(servers: TestServers, options: Partial<RouterOptions> = {}): RouterOptions {
  return {
    ...servers.connection,
    topology: {hosts: servers.hosts(), ...patientTimes},
    application_name: 'router-test',
    connectTimeoutMs: 5_000,
    waitMs: 20_000,
    endTimeoutMs: 2_000,
    ...options,
  }
}

/** For tests in which a node is lost: whoever does not answer for a moment is given up. */
export function quickOptions(servers: TestServers): Partial<RouterOptions> {
  return {topology: {hosts: servers.hosts(), ...quickTimes}, connectTimeoutMs: 500}
}

/** A router that knows its primary and that all other servers are standbys, none of which is far behind. */
export async function useRouter(servers: TestServers, options: Partial<RouterOptions> = {}): Promise<Router> {
  const router = new Router(routerOptions(servers, options))
  onTestFinished(async () => {
    if (!router.ending) await router.end()
  })
  await until(
    'the router knows all servers',
    () => router.nodes(),
    nodes =>
      nodes.some(({role}) => role === 'primary') &&
      // How far behind a standby is can be told once the primary has answered, too; until then it serves no read.
      nodes.filter(({role, lagMs}) => role === 'standby' && lagMs !== null).length === servers.standbys.length,
  )
  return router
}
