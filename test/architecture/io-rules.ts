// Purity is the default and IO is a list: what counts as touching the world, found in the syntax tree. Not here: the
// list itself (architecture.test.ts).
import {matchesAny} from './import-rules.ts'
import {importsOf, isTest, touchedNames, type Sources} from './source.ts'

const ioModules = new Set(['pg', 'pg-cursor', 'listr2', 'prom-client'])
const ioBuiltins = [
  'fs',
  'net',
  'http',
  'http2',
  'https',
  'child_process',
  'cluster',
  'worker_threads',
  'timers',
  'os',
  'dns',
  'tls',
  'dgram',
  'tty',
  'readline',
  'process',
  'perf_hooks',
  'inspector',
]
const ioNames: Readonly<Record<string, ReadonlySet<string>>> = {
  'node:crypto': new Set(['randomUUID', 'randomBytes', 'randomInt', 'getRandomValues', 'webcrypto']),
}
const ioGlobals = new Set([
  'process',
  'Date',
  'performance',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'fetch',
  'console',
  'globalThis',
  'crypto',
  'WebSocket',
  'require',
])
const ioMembers = new Set(['Math.random', 'AbortSignal.timeout'])

/**
 * What a file does with the world, in its own words: modules, then names. Types count too: a pure file does not speak
 * of sockets.
 */
export function ioOf(path: string, text: string): readonly string[] {
  const modules = importsOf(path, text).flatMap(found => {
    const name = found.module ?? ''
    const builtin = name.startsWith('node:') && ioBuiltins.includes(name.slice(5).split('/')[0] ?? '')
    if (ioModules.has(name) || builtin) return [name]
    const touching = ioNames[name]
    if (touching === undefined) return []
    return (found.names ?? ['*'])
      .filter(imported => imported === '*' || touching.has(imported))
      .map(imported => `${name} ${imported}`)
  })
  return [...new Set([...modules, ...touchedNames(path, text, ioGlobals, ioMembers)])]
}

/** Files that do IO and are not on the list. */
export function ioViolations(sources: Sources, list: readonly string[]): readonly string[] {
  return [...sources].flatMap(([path, text]) => {
    if (isTest(path) || matchesAny(path, list)) return []
    const io = ioOf(path, text)
    return io.length === 0 ? [] : [`${path} touches ${io.join(', ')} and is not on the IO list`]
  })
}

/**
 * Entries of the list that are not needed: the file is gone or does no IO any more. Folders need one file that does.
 */
export function staleIoEntries(sources: Sources, list: readonly string[]): readonly string[] {
  return list
    .filter(
      entry =>
        ![...sources].some(([path, text]) => !isTest(path) && matchesAny(path, [entry]) && ioOf(path, text).length > 0),
    )
    .map(entry => `${entry} is on the IO list and does no IO`)
}

const printGlobals = new Set(['console'])
const printMembers = new Set(['process.stdout', 'process.stderr', 'process.exitCode', 'process.exit', 'process.argv'])

/** Who prints, reads argv or sets the exit code outside the folders that may. */
export function printViolations(sources: Sources, allowed: readonly string[]): readonly string[] {
  return [...sources].flatMap(([path, text]) => {
    if (isTest(path) || matchesAny(path, allowed)) return []
    return touchedNames(path, text, printGlobals, printMembers).map(name => `${path} uses ${name}`)
  })
}
