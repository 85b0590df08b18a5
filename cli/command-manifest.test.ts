import {mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync} from 'node:fs'
import {pathToFileURL} from 'node:url'
import {Config} from '@oclif/core/config'
import {expect, it} from 'vitest'
import {temporaryFolder} from '../test/temporary-folder.ts'
import {dropStaleManifest, keepManifest} from './command-manifest.ts'

/** A checkout with one command, and the manifest of it. */
async function checkout(): Promise<{readonly root: URL; readonly folder: string; keep: () => void}> {
  const folder = `${temporaryFolder('manifest')}/`
  mkdirSync(`${folder}cli`)
  writeFileSync(`${folder}package.json`, '{"name": "hl", "version": "1.0.0", "oclif": {}}')
  writeFileSync(`${folder}cli/a.ts`, '')
  const root = pathToFileURL(folder)
  const config = await Config.load({root: folder})
  return {root, folder, keep: () => keepManifest(root, config, dropStaleManifest(root) ?? 'fresh')}
}

it('is kept while no source changes', async () => {
  const {root, keep, folder} = await checkout()
  expect(dropStaleManifest(root)).not.toBeNull()
  keep()
  expect(dropStaleManifest(root)).toBeNull()
  expect(readdirSync(folder).toSorted()).toEqual(['cli', 'oclif.manifest.json', 'package.json'])
})

it.each<[string, (folder: string) => void]>([
  ['changed', folder => utimesSync(`${folder}cli/a.ts`, new Date(), new Date(Date.now() + 5_000))],
  ['added', folder => writeFileSync(`${folder}cli/b.ts`, '')],
  ['removed', folder => rmSync(`${folder}cli/a.ts`)],
])('is dropped when a source is %s', async (_, change) => {
  const {root, keep, folder} = await checkout()
  keep()
  change(folder)
  expect(dropStaleManifest(root)).not.toBeNull()
  expect(readdirSync(folder)).not.toContain('oclif.manifest.json')
})

it('is made anew when it is half written', async () => {
  const {root, keep, folder} = await checkout()
  keep()
  writeFileSync(`${folder}oclif.manifest.json`, '{"commands": ')
  expect(dropStaleManifest(root)).not.toBeNull()
})
