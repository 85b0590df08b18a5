import {describe, expect, it} from 'vitest'
import type {PrimaryTarget, Target} from '../topology/decide-primary.ts'
import {decideCheckout, type CheckoutView} from './decide-checkout.ts'

const node = (name: string): Target => ({
  node: name,
  timeline: 1,
  address: {host: name, port: 5_432},
  position: null,
  received: null,
  replayPaused: false,
  askedMs: 0,
})
const pg1: PrimaryTarget = {...node('pg1'), timeline: 1}
const [pg2, pg3] = [node('pg2'), node('pg3')]
const byServer = (code: string): Error => Object.assign(new Error(code), {code, severity: 'FATAL'})
const refusedConnection = Object.assign(new Error('connect ECONNREFUSED'), {code: 'ECONNREFUSED', syscall: 'connect'})
const [password, starting, full, noDatabase] = ['28P01', '57P03', '53300', '3D000'].map(byServer)
const hook = new Error('onConnect says no')
const slow = new Error('no answer within 1000 ms')
const expired = new Error('timeout expired')
const noName = Object.assign(new Error('getaddrinfo ENOTFOUND h1'), {code: 'ENOTFOUND', syscall: 'getaddrinfo'})
const notLeader = {node: 'pg1', timeline: 1, why: 'not-leader'} as const

const view = (given: Partial<CheckoutView['topology']>, sources: readonly unknown[], tried: object): CheckoutView => ({
  topology: {primary: null, standbys: [], refused: [], ...given},
  sourceFailures: sources,
  tried: new Map(Object.entries(tried)),
})

type Row = readonly [
  what: string,
  topology: Partial<CheckoutView['topology']>,
  sources: readonly unknown[],
  tried: object,
  step: object,
]
const trying = (target: Target, role: string): object => ({kind: 'try', target, role})
const failing = (cause: unknown): object => ({kind: 'fail', cause})
const waiting = (last: unknown): object => ({kind: 'wait', last})
const [answers, down] = [undefined, refusedConnection]

const table: readonly Row[] = [
  ['a primary is tried', {primary: pg1, standbys: [pg2]}, [answers], {}, trying(pg1, 'primary')],
  ['a standby while there is no primary', {standbys: [pg2]}, [down, answers], {}, trying(pg2, 'standby')],
  ['a standby when the primary just went', {primary: pg1, standbys: [pg2]}, [], {pg1: down}, trying(pg2, 'standby')],
  ['another standby', {standbys: [pg2, pg3]}, [], {pg2: down}, trying(pg3, 'standby')],
  ['a wrong password, at once', {primary: pg1, standbys: [pg2]}, [], {pg1: password}, failing(password)],
  ['no such database', {primary: pg1}, [], {pg1: noDatabase}, failing(noDatabase)],
  ["the caller's own hook", {primary: pg1, standbys: [pg2]}, [], {pg1: hook}, failing(hook)],
  ['no node that is known can be reached', {primary: pg1, standbys: [pg2]}, [], {pg1: down, pg2: down}, failing(down)],
  ['the only node starts up', {primary: pg1}, [], {pg1: starting}, waiting(starting)],
  ['the only node is full', {primary: pg1}, [], {pg1: full}, waiting(full)],
  ['one starts up, one is down', {primary: pg1, standbys: [pg2]}, [], {pg1: down, pg2: starting}, waiting(starting)],
  ['nothing was asked yet', {}, [answers, answers], {}, waiting(null)],
  ['there is nobody to ask yet', {}, [], {}, waiting(null)],
  ['one does not answer, one was not asked yet', {}, [down, answers], {}, waiting(down)],
  ['nobody can be reached', {}, [down, down], {}, failing(down)],
  ['nobody lets us in', {}, [password, password], {}, failing(password)],
  ['one is down, one does not let us in', {}, [down, password], {}, failing(password)],
  ['one is down, one starts up', {}, [down, starting], {}, waiting(starting)],
  ['one claims to be primary and is not used', {refused: [notLeader]}, [down, down], {}, waiting(down)],
  ['a server is slow', {}, [slow], {}, waiting(slow)],
  ['one is slow, one is down', {}, [slow, down], {}, waiting(slow)],
  ['the only node is slow', {primary: pg1}, [answers], {pg1: expired}, waiting(expired)],
  ['the name does not resolve', {}, [noName], {}, failing(noName)],
]

describe('connect()', () => {
  it.each(table)('%s', (_what, topology, sources, tried, step) => {
    expect(decideCheckout(view(topology, sources, tried))).toEqual(step)
  })
})
