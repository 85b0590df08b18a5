// What a call of hl costs: the modules that it loads, by packages, and how long it takes. For people; a test
// counts the modules (test/integration/contract.test.ts). Not here: what commands do to a lab.
import {spawnSync} from 'node:child_process'
import {mkdtempSync, readFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'

const entry = fileURLToPath(new URL('../bin/hl.js', import.meta.url))
const root = new URL('..', import.meta.url).href
const calls = [['--version'], [], ['status'], ['runs'], ['failover', 'primary-crash', '--ttl', 'soon']]
const rounds = 7
/** No engine: what is measured is hl. */
const nowhere = {DOCKER_HOST: 'tcp://127.0.0.1:1'}

const counter = `import module from 'node:module'
  import {writeFileSync} from 'node:fs'
  const seen = new Set()
  module.registerHooks({load: (url, context, next) => (seen.add(url), next(url, context))})
  process.on('exit', () => writeFileSync(process.env.HL_LOADED, JSON.stringify([...seen])))`

function run(words: readonly string[], env: Readonly<Record<string, string>>): number {
  const started = performance.now()
  spawnSync(process.execPath, [entry, ...words], {env: {...process.env, ...nowhere, ...env}, stdio: 'ignore'})
  return performance.now() - started
}

/** By package, or by the folder of hl; most first. */
function partsOf(urls: readonly string[]): readonly (readonly [string, number])[] {
  const names = urls
    .filter(url => url.startsWith('file:'))
    .map(
      url =>
        /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules)/.exec(url)?.[1] ??
        url.slice(root.length).split('/').slice(0, 2).join('/'),
    )
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return [...counts].toSorted(([, a], [, b]) => b - a)
}

for (const words of calls) {
  const seen = join(mkdtempSync(join(tmpdir(), 'hl-bench-')), 'seen.json')
  run(words, {})
  run(words, {NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(counter)}`, HL_LOADED: seen})
  const urls = JSON.parse(readFileSync(seen, 'utf8')) as readonly string[]
  const times = Array.from({length: rounds}, () => run(words, {})).toSorted((a, b) => a - b)
  const parts = partsOf(urls)
  const total = parts.reduce((sum, [, count]) => sum + count, 0)
  process.stdout.write(
    `hl ${words.join(' ')}: ${times.map(ms => ms.toFixed(0)).join(' ')} ms, ${total} modules\n  ${parts
      .slice(0, 8)
      .map(([name, count]) => `${name} ${count}`)
      .join(', ')}\n`,
  )
}
