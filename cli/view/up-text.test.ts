import {expect, it} from 'vitest'
import {plannedText, upText} from './up-text.ts'

const monitoring = {
  prometheus: 'http://10.231.0.51:9090',
  alertmanager: 'http://10.231.0.52:9093',
  exporter: {host: '10.231.0.1', port: 24_363},
  alertsTo: null,
}

const map = {id: 'm1', epoch: 64, shards: ['s1', 's2'], did: 'written', migrations: ['0001_a.sql']} as const

it.each([
  ['created', map, 'map m1, epoch 64, of s1, s2: written; 1 migration applied\n'],
  ['was up', {...map, did: 'kept', migrations: []}, 'map m1, epoch 64, of s1, s2: kept as it is\n'],
  ['was up', null, '\nnext: hl status --lab shop, hl failover'],
] as const)('a lab that %s, with map %j', (did, found, said) =>
  expect(upText('shop', {did, map: found, shard: found === null ? null : 's1', monitoring: null})).toContain(said),
)

it.each([
  ['s1', 'would make lab shop: a, b, with migrations and a map for its shards'],
  ['hl', 'would make lab shop: a, b'],
])('a lab of cluster %s that would be made', (name, said) =>
  expect(plannedText('shop', {does: 'create', services: ['a', 'b'], clusters: [{name, members: []}]}, {})).toBe(said),
)

it.each([
  ['start', 'would start what is stopped of lab shop, and compare its settings then'],
  ['nothing', 'lab shop is up already, with these settings'],
] as const)('settings that were given are told of a lab that it would %s', (does, said) =>
  expect(plannedText('shop', {does, services: [], clusters: []}, {ttlS: 30, parameters: {work_mem: '8MB'}})).toBe(
    `${said}\nsettings that were given: ttlS 30, work_mem 8MB`,
  ),
)

it('where its monitoring is, and what feeds it', () => {
  const said = upText('shop', {did: 'created', map: null, shard: null, monitoring})
  expect(said).toContain(
    '\nPrometheus http://10.231.0.51:9090, Alertmanager http://10.231.0.52:9093, alerts go nowhere\n',
  )
  expect(said).toContain('hl metrics serve --lab shop')
  const to = {...monitoring, alertsTo: 'https://alerts.example.net'}
  expect(upText('shop', {did: 'was up', map: null, shard: null, monitoring: to})).toContain(
    'alerts go to https://alerts.example.net',
  )
})
