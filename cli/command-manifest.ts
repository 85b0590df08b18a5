// oclif's manifest: what every command takes, so that a call loads its own command and no other. An installed package
// brings it; a checkout keeps its own, for as long as no source changes. Not here: what is in it (oclif).
import {readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync} from 'node:fs'
import {fileURLToPath} from 'node:url'
import {Plugin, type Config} from '@oclif/core/config'

const fileName = 'oclif.manifest.json'
const keyField = 'sources'

/** What the manifest of a checkout depends on, beside package.json: flags and their texts come from all of it. */
const sourceFolders = ['cli', 'src', 'scenarios']

/** Changes whenever a source is changed, added or removed. */
function keyOf(root: string): string {
  const files = ['package.json', ...sourceFolders.flatMap(folder => sourcesIn(root, folder))]
  const newest = files.reduce((latest, file) => Math.max(latest, statSync(`${root}${file}`).mtimeMs), 0)
  return `${files.length} ${newest}`
}

/** Not by a glob: matching each name costs more than to look at the files. */
function sourcesIn(root: string, folder: string): readonly string[] {
  try {
    return readdirSync(`${root}${folder}`, {recursive: true, encoding: 'utf8'})
      .filter(name => name.endsWith('.ts') && !name.endsWith('.test.ts'))
      .map(name => `${folder}/${name}`)
  } catch {
    return []
  }
}

/** Takes a manifest away that is older than the sources; the key for a new one, null when it is as they are. */
export function dropStaleManifest(rootUrl: URL): string | null {
  const root = fileURLToPath(rootUrl)
  const key = keyOf(root)
  try {
    const kept = JSON.parse(readFileSync(`${root}${fileName}`, 'utf8')) as Readonly<Record<string, unknown>>
    if (kept[keyField] === key) return null
  } catch {
    // None, or half of one: it is made anew.
  }
  rmSync(`${root}${fileName}`, {force: true})
  return key
}

/** Keeps what oclif found for the next call. A folder that cannot be written to costs time and nothing else. */
export function keepManifest(rootUrl: URL, config: Config, key: string): void {
  const plugin = [...config.plugins.values()].find((one): one is Plugin => one instanceof Plugin && one.isRoot)
  const path = `${fileURLToPath(rootUrl)}${fileName}`
  const own = `${path}.${process.pid}`
  try {
    // Calls side by side each write their own, and none reads half of one.
    writeFileSync(own, JSON.stringify({...plugin?.manifest, commands: placeless(plugin), [keyField]: key}))
    renameSync(own, path)
  } catch {
    rmSync(own, {force: true})
  }
}

/** Without the paths: the package has its commands elsewhere, and oclif finds them by their names. */
function placeless(plugin: Plugin | undefined): Readonly<Record<string, object>> {
  const found = plugin?.manifest.commands ?? {}
  return Object.fromEntries(Object.entries(found).map(([id, command]) => [id, {...command, relativePath: undefined}]))
}
