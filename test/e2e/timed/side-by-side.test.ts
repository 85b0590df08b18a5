// Labs that come up at the same moment, from processes that know nothing of each other: each gets ports and a network
// of its own, also where the one before was killed while it was given its place.
import {hostname} from 'node:os'
import {afterAll, beforeAll, expect, it} from 'vitest'
import {placementLock} from '../../../src/lab/lifecycle/placement-lock.ts'
import {runHl} from '../../run-hl.ts'
import {ownName} from '../../suite/run-name.ts'
import {docker, labelled, useFolder} from '../use-lab.ts'

const names = [ownName('side-a'), ownName('side-b'), ownName('side-c')] as const
const cwd = useFolder('side-by-side')
const hl = async (...words: readonly string[]) => runHl(words, {cwd})
const down = async () => Promise.all(names.map(async lab => hl('down', '--lab', lab, '--volumes', '--confirm', lab)))

/** As a process leaves it that was killed while it held the placement: nobody has its number. */
async function leaveLock(): Promise<void> {
  const labels = {
    'hl.lab': names[0],
    'hl.lock.what': 'the making of a lab',
    'hl.lock.pid': '4194303',
    'hl.lock.host': hostname(),
    'hl.lock.started': '1',
  }
  const words = Object.entries(labels).flatMap(([key, value]) => ['--label', `${key}=${value}`])
  await docker('create', '--name', placementLock, ...words, '--network', 'none', 'hl-etcd:3.5')
}

interface Up {
  readonly endpoints: {readonly rest: Readonly<Record<string, {readonly host: string; readonly port: number}>>}
}

/** Published ports of a lab, and its network. */
async function placeOf(lab: string): Promise<{readonly ports: readonly string[]; readonly subnet: string}> {
  const ids = (await docker('ps', '-q', '--filter', `label=hl.lab=${lab}`)).trim().split('\n')
  const format = '{{range .HostConfig.PortBindings}}{{range .}}{{.HostPort}} {{end}}{{end}}'
  const ports = (await docker('inspect', '--format', format, ...ids)).split(/\s+/).filter(port => port !== '')
  const network = (await docker('network', 'ls', '-q', '--filter', `label=hl.lab=${lab}`)).trim()
  const subnet = await docker('network', 'inspect', '--format', '{{range .IPAM.Config}}{{.Subnet}}{{end}}', network)
  return {ports, subnet: subnet.trim()}
}

beforeAll(down)
afterAll(async () => {
  await down()
  for (const lab of names) expect(await labelled(lab)).toEqual([])
})

it('two labs that come up at once share no port and no network', async () => {
  await leaveLock()
  const started = await Promise.all(
    names.slice(0, 2).map(async lab => hl('up', '--lab', lab, '--profile', 'small', '--nodes', '1', '--json')),
  )
  for (const {exitCode, stdout, stderr} of started) {
    expect(exitCode, stderr).toBe(0)
    expect(Object.keys((JSON.parse(stdout) as {result: Up}).result.endpoints.rest)).toEqual(['pg1'])
  }
  const [a, b] = await Promise.all([placeOf(names[0]), placeOf(names[1])])
  expect(new Set([...a.ports, ...b.ports]).size).toBe(6)
  expect(a.subnet).not.toBe(b.subnet)
  expect(await docker('ps', '-aq', '--filter', `name=${placementLock}`)).toBe('')
})

it('a third one that asks for the ports of the first is refused before anything is made', async () => {
  const {ports} = await placeOf(names[0])
  const base = Math.min(...ports.map(Number)) - 1
  const words = ['up', '--lab', names[2], '--profile', 'small', '--nodes', '1', '--port-base', String(base)]
  const {exitCode, stderr} = await hl(...words)
  expect([exitCode, stderr]).toEqual([4, expect.stringContaining('PORT_IN_USE') as string])
  expect(await labelled(names[2])).toEqual([])
})
