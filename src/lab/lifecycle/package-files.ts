// Where hl's own compose files, migrations, rules of Prometheus and image sources lie, in the checkout and in the
// installed package alike. Not here: what is in them.
import {existsSync} from 'node:fs'
import {readdir, readFile} from 'node:fs/promises'
import {dirname, join} from 'node:path'
import {HlError} from '../../model/errors.ts'
import {withParameters} from '../patroni/settings-to-patroni.ts'
import {asObject, parseJson, type JsonObject} from '../read-json.ts'
import {isOfShards} from './lab-shape.ts'

/** The nearest directory above this file that holds compose/. */
export function packageRoot(): string {
  let at = import.meta.dirname
  while (!existsSync(join(at, 'compose', 'patroni-3', 'compose.yaml'))) {
    const above = dirname(at)
    if (above === at)
      throw new HlError('BUG', 'the compose files are not beside the program', {
        next: ['install pg-highload-lab again'],
      })
    at = above
  }
  return at
}

/**
 * The Patroni configuration that the image brings: the lab's own. Of shards: with what moves between them need, which a
 * lab of one cluster is spared (docs/decisions/0018).
 */
export async function labConfig(clusters: readonly {readonly name: string}[]): Promise<JsonObject> {
  const [config, moves] = await Promise.all(['dcs.json', 'dcs-moves.json'].map(readConfig))
  return isOfShards(clusters) ? withParameters(config ?? {}, moves ?? {}) : (config ?? {})
}

async function readConfig(name: string): Promise<JsonObject> {
  const text = await readFile(join(packageRoot(), 'compose', 'images', 'postgres', name), 'utf8')
  return asObject(parseJson(text, name), name)
}

/** What monitoring/ holds. */
export interface MonitoringFiles {
  /** prometheus.yml and alertmanager.yml. */
  readonly prometheus: string
  readonly alertmanager: string
  /** By the names of their files. */
  readonly rules: Readonly<Record<string, string>>
}

/** What Prometheus and Alertmanager are configured by. */
export async function monitoringFiles(): Promise<MonitoringFiles> {
  const folder = join(packageRoot(), 'monitoring')
  const read = async (...path: readonly string[]): Promise<string> => readFile(join(folder, ...path), 'utf8')
  const names = (await readdir(join(folder, 'rules'))).filter(name => name.endsWith('.yml')).sort()
  const rules = await Promise.all(names.map(async name => [name, await read('rules', name)] as const))
  return {
    prometheus: await read('prometheus.yml'),
    alertmanager: await read('alertmanager.yml'),
    rules: Object.fromEntries(rules),
  }
}

export interface Migration {
  readonly name: string
  readonly sql: string
}

/** migrations/hl/*.sql in order of their names. */
export async function hlMigrations(): Promise<readonly Migration[]> {
  const folder = join(packageRoot(), 'migrations', 'hl')
  const names = (await readdir(folder).catch(() => [])).filter(name => name.endsWith('.sql')).sort()
  return await Promise.all(names.map(async name => ({name, sql: await readFile(join(folder, name), 'utf8')})))
}
