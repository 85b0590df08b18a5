// A lab with Prometheus, Alertmanager and the exporter, its rules shortened, and what breaks it. For tests only.
// Invariant: Prometheus runs the rules that are shipped, but for their durations. Not here: which alert is for what
// (alert-cases.ts).
import {globSync, readFileSync, writeFileSync} from 'node:fs'
import {basename, join} from 'node:path'
import {afterAll, beforeAll, expect, vi} from 'vitest'
import type {Running} from '../../run-hl.ts'
import {docker, type TestLab} from '../use-lab.ts'
import {shortenRules, shortenScrapes, shortenWaits} from './shorten-rules.ts'

export interface WatchedLab {
  readonly lab: TestLab
  /** What a shell of root says in a service. */
  readonly run: (service: string, script: string) => Promise<string>
  /** What psql says, as the superuser in the node itself. */
  readonly sql: (member: string, ...statements: readonly string[]) => Promise<string>
  readonly patronictl: (...words: readonly string[]) => Promise<string>
  readonly primary: () => Promise<string>
  readonly standby: () => Promise<string>
  readonly container: (
    verb: 'stop' | 'start' | 'kill' | 'pause' | 'unpause',
    ...services: readonly string[]
  ) => Promise<void>
  readonly startExporter: () => Promise<void>
  readonly stopExporter: () => Promise<void>
  /** One more file of rules, as it is; null takes it away. */
  readonly extraRules: (text: string | null) => Promise<void>
  /** The answer of Prometheus' API. */
  readonly prometheus: <T>(path: string) => Promise<T>
}

interface Monitoring {
  readonly prometheus: string
}

/** Registers set-up and tear-down in the calling describe. `members`: its PostgreSQL nodes. */
export function watchLab(lab: TestLab, members: readonly string[]): WatchedLab {
  let exporter: Running | null = null
  let place: Monitoring | null = null
  const run: WatchedLab['run'] = async (service, script) =>
    docker('exec', '-u', 'root', lab.container(service), 'sh', '-euc', script)
  const sql: WatchedLab['sql'] = async (member, ...statements) =>
    (
      await docker(
        ...['exec', '-u', 'postgres', lab.container(member), 'psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', 'hl'],
        ...statements.flatMap(statement => ['-c', statement]),
      )
    ).trim()
  const withRole = async (standby: boolean): Promise<string> => {
    const said = await Promise.all(
      members.map(async member => sql(member, 'SELECT pg_is_in_recovery()').catch(() => 'silent')),
    )
    const found = members[said.indexOf(standby ? 't' : 'f')]
    if (found === undefined) throw new Error(`no ${standby ? 'standby' : 'primary'}: ${said.join()}`)
    return found
  }
  const startExporter = async (): Promise<void> => {
    exporter = lab.start('metrics', 'serve')
    await exporter.saw('/metrics', 60_000)
  }
  const stopExporter = async (): Promise<void> => {
    exporter?.kill('SIGINT')
    await exporter?.finished
    exporter = null
  }
  const hup = async (service: string): Promise<void> => {
    await docker('kill', '-s', 'HUP', lab.container(service))
  }
  const prometheus: WatchedLab['prometheus'] = async <T>(path: string): Promise<T> => {
    const answer = await fetch(`${place?.prometheus ?? ''}/api/v1/${path}`)
    return ((await answer.json()) as {readonly data: T}).data
  }
  beforeAll(async () => {
    place = (await lab.json<{readonly monitoring: Monitoring}>('status')).result.monitoring
    await shorten(lab)
    await Promise.all(['prometheus', 'alertmanager'].map(hup))
    await vi.waitFor(
      async () =>
        expect((await prometheus<{readonly yaml: string}>('status/config')).yaml).toContain('evaluation_interval: 1s'),
      {timeout: 20_000, interval: 200},
    )
    await startExporter()
  })
  afterAll(stopExporter)
  return {
    lab,
    run,
    sql,
    prometheus,
    startExporter,
    stopExporter,
    patronictl: async (...words) =>
      docker('exec', lab.container(members[0] ?? ''), 'patronictl', '-c', '/run/hl/patroni.yaml', ...words),
    primary: async () => withRole(false),
    standby: async () => withRole(true),
    container: async (verb, ...services) => {
      await docker(verb, ...services.map(service => lab.container(service)))
    },
    extraRules: async text => {
      const file = '/etc/hl/rules/extra.yml'
      // As its own user: root has no rights left there.
      if (text === null) await docker('exec', lab.container('prometheus'), 'rm', '-f', file)
      else await put(lab, 'prometheus', file, text)
      await hup('prometheus')
    },
  }
}

/** In the place of what the containers were made with, until they are started anew. */
async function shorten(lab: TestLab): Promise<void> {
  const inside = async (service: string, file: string): Promise<string> =>
    docker('exec', lab.container(service), 'cat', `/etc/hl/${file}`)
  await put(lab, 'prometheus', '/etc/hl/prometheus.yml', shortenScrapes(await inside('prometheus', 'prometheus.yml')))
  const waits = shortenWaits(await inside('alertmanager', 'alertmanager.yml'))
  await put(lab, 'alertmanager', '/etc/hl/alertmanager.yml', waits)
  for (const path of globSync('monitoring/rules/*.yml')) {
    const shipped = readFileSync(path, 'utf8')
    const name = `rules/${basename(path)}`
    expect((await inside('prometheus', name)).trim(), name).toBe(shipped.trim())
    await put(lab, 'prometheus', `/etc/hl/${name}`, shortenRules(shipped))
  }
  await docker('exec', lab.container('prometheus'), 'promtool', 'check', 'config', '/etc/hl/prometheus.yml')
  await docker('exec', lab.container('alertmanager'), 'amtool', 'check-config', '/etc/hl/alertmanager.yml')
}

async function put(lab: TestLab, service: string, path: string, text: string): Promise<void> {
  const file = join(lab.cwd, basename(path))
  writeFileSync(file, text, {mode: 0o644})
  await docker('cp', file, `${lab.container(service)}:${path}`)
}
