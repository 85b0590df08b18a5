// The surface of pg.Pool, as one suite that runs on each implementation: what the driver's own pool does is what the
// Router does in its place.
// Invariant: a test that passes on pg.Pool and not on the Router is a bug of the Router, or a difference that
// implementations.ts names with its reason; a test that fails on pg.Pool is wrong. Not here: routing, failover.
import {beforeAll, describe} from 'vitest'
import {implementations} from './implementations.ts'
import {skipDifferences} from './known-differences.ts'
import {useServers} from './servers.ts'
import {checkout} from './surface/checkout.ts'
import {ending} from './surface/ending.ts'
import {events} from './surface/events.ts'
import {failures} from './surface/failures.ts'
import {options} from './surface/options.ts'
import {queries} from './surface/queries.ts'
import {sessions} from './surface/sessions.ts'
import {subjectOf} from './surface/subject.ts'
import {submittables} from './surface/submittables.ts'

const servers = useServers('it-pool-surface', {standbys: 1})

describe.each(implementations)('$name', {timeout: 30_000}, implementation => {
  const subject = subjectOf(implementation, servers)
  // What the implementation before this one has left.
  beforeAll(async () => {
    await servers.sql(servers.primary, 'TRUNCATE orders')
  })
  skipDifferences(implementation)
  describe('connect and release', () => checkout(subject))
  describe('query', () => queries(subject))
  describe('submittables', () => submittables(subject))
  describe('events', () => events(subject))
  describe('options', () => options(subject))
  describe('end', () => ending(subject))
  describe('sessions', () => sessions(subject))
  describe('failures', () => failures(subject))
})
