// Routers for tests that are not about losing a node: slow answers are no failure. For tests only.
import {onTestFinished} from 'vitest'
import {Router, type RouterOptions} from '../../../src/router/index.ts'
import {routerOptions} from '../router/use-router.ts'
import type {TestServers} from '../router/servers.ts'

/** It is ended with its test. */
export function patientRouter(servers: TestServers, options: Partial<RouterOptions> = {}): Router {
  const router = new Router(
    routerOptions(servers, {
      topology: {hosts: servers.hosts(), pollMs: 1_000, fastPollMs: 100, timeoutMs: 10_000, evidenceTtlMs: 30_000},
      connectTimeoutMs: 10_000,
      waitMs: 60_000,
      ...options,
    }),
  )
  onTestFinished(async () => {
    if (!router.ending) await router.end()
  })
  return router
}
