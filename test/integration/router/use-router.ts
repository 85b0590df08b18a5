// Routers for a test file: each is ended with its test, and none may leave a connection behind. For tests only.
import {onTestFinished} from 'vitest'
import {Router, type RouterOptions} from '../../../src/router/index.ts'
import type {TestServers} from './servers.ts'
import {until} from './until.ts'

/** Short enough to be waited for in a test. */
const topologyTimes = {pollMs: 50, fastPollMs: 25, timeoutMs: 500, evidenceTtlMs: 1_500}

/**
 * Asks by SQL, as the application's role; `application_name` is the test's own, so that its connections can be counted.
 */
export function routerOptions(servers: TestServers, options: Partial<RouterOptions> = {}): RouterOptions {
  return {
    ...servers.connection,
    topology: {hosts: servers.hosts(), ...topologyTimes},
    application_name: 'router-test',
    connectTimeoutMs: 500,
    waitMs: 8_000,
    endTimeoutMs: 2_000,
    ...options,
  }
}

/** A router that knows its primary and that all other servers are standbys. */
export async function useRouter(servers: TestServers, options: Partial<RouterOptions> = {}): Promise<Router> {
  const router = new Router(routerOptions(servers, options))
  onTestFinished(async () => {
    if (!router.ending) await router.end()
  })
  await until(
    'the router knows all servers',
    () => Promise.resolve(router.topology()),
    ({primary, standbys}) => primary !== null && standbys.length === servers.standbys.length,
  )
  return router
}
