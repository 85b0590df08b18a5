// The labs of hl and the files of compose/ are the same: the docker client alone tells what both come to, no engine is
// asked.
import {execFile} from 'node:child_process'
import {join} from 'node:path'
import {expect, it} from 'vitest'
import type {ArchiveMode} from '../../../src/model/backup.ts'
import {labCompose} from '../../../src/lab/lifecycle/lab-compose.ts'
import {shapeOf} from '../../../src/lab/lifecycle/lab-shape.ts'
import {labConfig, packageRoot} from '../../../src/lab/lifecycle/package-files.ts'

interface Config {
  readonly services: Record<string, {labels: Record<string, string>; extra_hosts: unknown; profiles?: unknown}>
  readonly networks: unknown
  readonly volumes: Record<string, unknown>
}

async function configOf(
  argv: readonly string[],
  {stdin = '', env = {}}: {readonly stdin?: string; readonly env?: Readonly<Record<string, string>>},
): Promise<Config> {
  const text = await new Promise<string>((resolve, reject) => {
    const child = execFile(
      'docker',
      ['compose', '-p', 'hl-x', ...argv, 'config', '--format', 'json'],
      {env: {...process.env, ...env}},
      (error, stdout, stderr) => (error === null ? resolve(stdout) : reject(new Error(stderr, {cause: error}))),
    )
    child.stdin?.end(stdin)
  })
  return JSON.parse(text) as Config
}

/** What differs on purpose: what the standard lab is made of, for hl to know; names of hosts that are not there. */
function comparable({services, networks, volumes}: Config): unknown {
  const isSole = 'pgpool' in services
  const used = new Set(Object.keys(services))
  const without = (value: object, names: readonly string[]): object =>
    Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name)))
  const plain = Object.entries(services).map(([name, service]) => {
    const hosts = Array.isArray(service.extra_hosts) ? service.extra_hosts.map(String) : []
    const known = hosts.filter(host => used.has(host.split(/[=:]/)[0] ?? ''))
    const labels = without(service.labels, isSole ? ['hl.services', 'hl.cluster'] : [])
    return [name, {...without(service, ['labels', 'extra_hosts', 'profiles']), labels, hosts: known.sort()}] as const
  })
  return {services: Object.fromEntries(plain), networks, volumes: Object.keys(volumes).sort()}
}

/** By the name of their folder. */
const described = {
  'patroni-3': {request: {}, portBase: 24_320, subnetPrefix: '10.231.0'},
  'shards-2x2': {request: {shards: 2, nodes: 2}, portBase: 24_360, subnetPrefix: '10.231.1'},
} as const

it.each<readonly [keyof typeof described, ArchiveMode, boolean]>([
  ['patroni-3', 'none', false],
  ['patroni-3', 'command', false],
  ['patroni-3', 'sync', false],
  ['patroni-3', 'command', true],
  ['shards-2x2', 'none', false],
  ['shards-2x2', 'command', true],
])('%s with archive %s, encrypted %s', async (profile, archive, encrypt) => {
  const {request, ...placement} = described[profile]
  const shape = shapeOf(request)
  const dcsConfig = await labConfig(shape.clusters)
  const profiles = [
    ...(archive === 'none' ? [] : ['--profile', 'archive']),
    ...(encrypt ? ['--profile', 'archive-keys'] : []),
  ]
  const [file, made] = await Promise.all([
    configOf(['-f', join(packageRoot(), 'compose', profile, 'compose.yaml'), ...profiles], {
      env: {
        HL_LAB: 'x',
        HL_ARCHIVE: archive,
        HL_ENCRYPT: encrypt ? 'on' : '',
        HL_PATRONI_DCS: JSON.stringify(dcsConfig),
      },
    }),
    configOf(['-f', '-', ...profiles], {
      stdin: labCompose({
        lab: 'x',
        shape,
        placement,
        dcsConfig,
        archive,
        encrypt,
      }),
    }),
  ])
  expect(comparable(made)).toEqual(comparable(file))
})
