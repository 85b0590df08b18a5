// Patroni's documents as Patroni 4 sends them, and anything at all.
import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {parseClusterView, parseNodeStatus} from './parse-patroni.ts'

describe('GET /patroni', () => {
  const patroni = {version: '4.0.4', scope: 'demo', name: 'pg1'}
  it.each([
    ['a primary', {state: 'running', role: 'primary', timeline: 3, patroni}, {node: 'pg1', role: 'primary', running: true, timeline: 3}],
    ['a primary of Patroni 3', {state: 'running', role: 'master', timeline: 3, patroni}, {node: 'pg1', role: 'primary', running: true, timeline: 3}],
    ['a standby', {state: 'running', role: 'replica', timeline: 3, replication_state: 'streaming', patroni}, {node: 'pg1', role: 'standby', running: true, timeline: 3}],
    ['the head of a standby cluster takes no writes', {state: 'running', role: 'standby_leader', timeline: 3, patroni}, {node: 'pg1', role: 'standby', running: true, timeline: 3}],
    ['a server that stops', {state: 'stopping', role: 'primary', patroni}, {node: 'pg1', role: 'primary', running: false, timeline: null}],
    ['a server that does not answer Patroni', {state: 'unknown', role: 'primary', patroni}, {node: 'pg1', role: 'primary', running: false, timeline: null}],
    ['no state', {role: 'replica', timeline: 'x', patroni}, {node: 'pg1', role: 'standby', running: false, timeline: null}],
    ['no name', {state: 'running', role: 'primary', timeline: 3, patroni: {version: '2.1'}}, null],
    ['no role', {state: 'running', patroni}, null],
    ['no document', 'Service Unavailable', null],
  ])('%s', (_what, document, expected) => expect(parseNodeStatus(document)).toEqual(expected))
})

describe('GET /cluster', () => {
  it('gives the leader and the addresses', () => {
    const view = parseClusterView({
      members: [
        {name: 'pg1', role: 'replica', state: 'streaming', host: '172.20.0.2', port: 5432, timeline: 2, lag: 0},
        {name: 'pg2', role: 'leader', state: 'running', host: '172.20.0.3', port: 5432, timeline: 2},
        {name: 'pg3', role: 'sync_standby', state: 'starting', lag: 'unknown'},
        'noise',
      ],
      scope: 'demo',
    })
    expect(view).toEqual({leader: 'pg2', addresses: new Map([['pg1', {host: '172.20.0.2', port: 5432}], ['pg2', {host: '172.20.0.3', port: 5432}]])})
  })
  it('has no leader in a standby cluster or without one', () => {
    expect(parseClusterView({members: [{name: 'pg1', role: 'standby_leader', host: 'h', port: 1}]})?.leader).toBeNull()
    expect(parseClusterView({members: []})).toEqual({leader: null, addresses: new Map()})
  })
})

it('no document makes a parser throw', () => {
  fc.assert(
    fc.property(fc.anything(), document => {
      parseNodeStatus(document)
      parseClusterView(document)
      parseClusterView({members: document})
    }),
  )
})
