// A lab of two clusters on one etcd, brought up from code: each has its own primary, data and keys, and what befalls
// one leaves the other alone.
import {afterAll, beforeAll, expect, it} from 'vitest'
import {faultAction} from '../../src/faults/fault-action.ts'
import {injectFault} from '../../src/faults/inject-fault.ts'
import {healAll} from '../../src/faults/heal-all.ts'
import {dockerClient, runDocker} from '../../src/lab/docker/docker.ts'
import type {ConnectedCluster, ConnectedLab} from '../../src/lab/lifecycle/connect-lab.ts'
import {downLab} from '../../src/lab/lifecycle/down-lab.ts'
import {planUp} from '../../src/lab/lifecycle/plan-up.ts'
import {untilHealthy} from '../../src/lab/lifecycle/until-healthy.ts'
import {upLab} from '../../src/lab/lifecycle/up-lab.ts'
import {ask, runScript} from '../../src/lab/psql.ts'
import {monotonicClock} from '../../src/waiting/monotonic-clock.ts'
import {ownName} from '../suite/run-name.ts'
import {labelled} from './use-lab.ts'

const name = ownName('two-clusters')
const client = dockerClient(runDocker)
const clock = monotonicClock()
const shape = {
  profile: 'small',
  clusters: [
    {name: 's1', nodes: 2},
    {name: 's2', nodes: 1},
  ],
} as const
let lab: ConnectedLab

beforeAll(async () => {
  await downLab(client, name, {volumes: true})
  lab = (await upLab(client, {name, settings: {}, clock, ...shape})).lab
})
afterAll(async () => {
  await downLab(client, name, {volumes: true})
  expect(await labelled(name)).toEqual([])
})

async function one(cluster: ConnectedCluster, sql: string): Promise<string> {
  const primary = await untilHealthy(cluster, clock)
  const {stdout, stderr} = await ask(cluster.cluster, primary, sql)
  expect(stderr).toBe('')
  return stdout.trim()
}

it('each cluster is whole, and its own', async () => {
  expect(lab.clusters.map(({cluster}) => [cluster.name, cluster.members])).toEqual([
    ['s1', ['s1-pg1', 's1-pg2']],
    ['s2', ['s2-pg1']],
  ])
  expect(lab.cluster.name).toBe('s1')
  const systems = await Promise.all(
    lab.clusters.map(async cluster => one(cluster, 'SELECT system_identifier FROM pg_control_system()')),
  )
  expect(new Set(systems).size).toBe(2)
  for (const {cluster, clients} of lab.clusters) {
    const {primary, lease} = await cluster.state()
    expect(primary).toMatch(new RegExp(`^${cluster.name}-pg`))
    expect(lease.owner).toBe(primary)
    expect((await clients.etcd.keys())?.leaseOwner).toBe(primary)
    const made = await runScript(cluster, primary ?? '', 'SELECT count(*) FROM hl.ledger;')
    expect([made.exitCode, made.stdout.trim()]).toEqual([0, '0'])
  }
})

it('is found again with the same shape, and refused as another', async () => {
  expect((await planUp(client, {name, settings: {}, ...shape})).does).toBe('nothing')
  await expect(planUp(client, {name, settings: {}, profile: 'small'})).rejects.toMatchObject({
    code: 'LAB_SETTINGS_DIFFER',
  })
})

it('a crash of the primary of one leaves the other alone', async () => {
  const [first, second] = lab.clusters
  if (first === undefined || second === undefined) throw new Error('there are not two clusters')
  const primary = await untilHealthy(first, clock)
  const before = await second.cluster.state()
  const fault = faultAction(first.cluster, {kind: 'kill-container', target: {select: 'primary'}}, [primary])
  await injectFault(fault, {clock, withinMs: 30_000})
  const during = await second.cluster.state()
  expect([during.primary, during.timeline]).toEqual([before.primary, before.timeline])
  await healAll(first.cluster)
  const after = await untilHealthy(first, clock)
  expect((await first.cluster.state()).timeline).toBeGreaterThanOrEqual(1)
  expect(first.cluster.members).toContain(after)
  expect((await second.cluster.state()).timeline).toBe(before.timeline)
})
