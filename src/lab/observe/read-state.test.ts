import {describe, expect, it} from 'vitest'
import {dockerClient} from '../docker/docker.ts'
import type {EtcdApi} from '../etcd/etcd-api.ts'
import {describeLab} from '../lifecycle/lab-description.ts'
import type {NodeStatus} from '../patroni/parse-patroni.ts'
import type {PatroniApi} from '../patroni/patroni-api.ts'
import {readState} from './read-state.ts'

const node = (role: 'primary' | 'standby'): NodeStatus => ({
  state: 'running',
  role,
  timeline: 1,
  walBytes: 1,
  replayedBytes: 1,
  replicationState: role === 'standby' ? 'streaming' : null,
  syncStandby: false,
  maintenance: false,
  pendingRestart: false,
  serverVersion: 170_000,
  patroniVersion: '4',
})
const unasked = async (): Promise<never> => Promise.reject(new Error('not asked for here'))

/** A lab of pg1, pg2 and etcd1 of which `silent` does not answer; what Docker was asked. */
function labWith(silent: string | null, dockerSays: string) {
  const asked: string[] = []
  const docker = dockerClient(async argv => {
    asked.push(argv[0] ?? '')
    return {exitCode: 0, stdout: dockerSays, stderr: '', timedOut: false, missing: false}
  })
  const services = ['pg1', 'pg2', 'etcd1', 'pgpool'].map(name => ({
    id: name,
    name: `hl-lab-${name}-1`,
    status: 'running' as const,
    labels: {'hl.lab': 'lab', 'hl.service': name},
    environment: {},
    address: null,
    ports: [],
  }))
  const patroni: PatroniApi = {
    status: async member => (member === silent ? null : node(member === 'pg1' ? 'primary' : 'standby')),
    config: unasked,
    patchConfig: unasked,
    switchover: unasked,
  }
  const etcd: EtcdApi = {
    keys: async () => null,
    lease: async () => null,
    member: async name => (name === silent ? null : {healthy: true, leads: true, term: 1}),
    version: unasked,
    alarms: unasked,
  }
  return {asked, clients: {docker, lab: describeLab('lab', services), patroni, etcd}}
}

describe('the state of a cluster', () => {
  it('is told without Docker while everybody answers', async () => {
    const {asked, clients} = labWith(null, '')
    const {members, dcs} = await readState(clients)
    expect([asked, [...members, ...dcs].map(({container}) => container)]).toEqual([
      [],
      ['running', 'running', 'running'],
    ])
  })
  it.each([
    ['pg2', 'paused'],
    ['etcd1', 'exited'],
  ] as const)('asks Docker about all when %s is silent', async (silent, state) => {
    const says = ['pg1', 'pg2', 'etcd1']
      .map(name => `hl-lab-${name}-1\t${name === silent ? state : 'running'}\n`)
      .join('')
    const {asked, clients} = labWith(silent, says)
    const {members, dcs} = await readState(clients)
    const found = [...members, ...dcs].find(({name}) => name === silent)
    expect([asked, found?.container]).toEqual([['ps'], state === 'exited' ? 'stopped' : state])
  })
  it('takes a container that Docker does not know for missing', async () => {
    const {clients} = labWith('pg2', 'hl-lab-pg1-1\trunning\n')
    expect((await readState(clients)).members.map(({container}) => container)).toEqual(['running', 'missing'])
  })
})
