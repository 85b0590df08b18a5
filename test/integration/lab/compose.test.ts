// The standard lab of hl and the files of compose/patroni-3 are the same lab: the docker client alone tells what both
// come to, no engine is asked.
import {execFile} from 'node:child_process'
import {readFile} from 'node:fs/promises'
import {join} from 'node:path'
import {expect, it} from 'vitest'
import type {ArchiveMode} from '../../../src/model/backup.ts'
import {labCompose} from '../../../src/lab/lifecycle/lab-compose.ts'
import {shapeOf} from '../../../src/lab/lifecycle/lab-shape.ts'
import {packageRoot} from '../../../src/lab/lifecycle/package-files.ts'

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

/** What differs on purpose: what a lab is made of, for hl to know; names of hosts that are not there. */
function comparable({services, networks, volumes}: Config): unknown {
  const used = new Set(Object.keys(services))
  const without = (value: object, names: readonly string[]): object =>
    Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name)))
  const plain = Object.entries(services).map(([name, service]) => {
    const hosts = Array.isArray(service.extra_hosts) ? service.extra_hosts.map(String) : []
    const known = hosts.filter(host => used.has(host.split(/[=:]/)[0] ?? ''))
    const labels = without(service.labels, ['hl.services', 'hl.cluster'])
    return [name, {...without(service, ['labels', 'extra_hosts', 'profiles']), labels, hosts: known.sort()}] as const
  })
  return {services: Object.fromEntries(plain), networks, volumes: Object.keys(volumes).sort()}
}

it.each<readonly [ArchiveMode, boolean]>([
  ['none', false],
  ['command', false],
  ['sync', false],
  ['command', true],
])('with archive %s, encrypted %s', async (archive, encrypt) => {
  const dcs = await readFile(join(packageRoot(), 'compose', 'images', 'postgres', 'dcs.json'), 'utf8')
  const dcsConfig = JSON.parse(dcs) as Record<string, unknown>
  const profiles = [
    ...(archive === 'none' ? [] : ['--profile', 'archive']),
    ...(encrypt ? ['--profile', 'archive-keys'] : []),
  ]
  const [file, made] = await Promise.all([
    configOf(['-f', join(packageRoot(), 'compose', 'patroni-3', 'compose.yaml'), ...profiles], {
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
        shape: shapeOf({}),
        placement: {portBase: 54_320, subnetPrefix: '10.231.0'},
        dcsConfig,
        archive,
        encrypt,
      }),
    }),
  ])
  expect(comparable(made)).toEqual(comparable(file))
})
