// The architecture as tests: the tables are here, in sight; the rules are pure functions in test/architecture/. Each
// rule is shown a bad example that it must find. Making a table longer is a visible act. Not here: style that the
// compiler or the linter already holds.
import {describe, expect, it} from 'vitest'
import {functionViolations, nameViolations, sizeViolations, undocumented} from './architecture/file-rules.ts'
import {
  arrowViolations,
  barrelViolations,
  cycleViolations,
  deadFiles,
  libraryViolations,
  loadedPackages,
  matchesAny,
  outsideViolations,
  ownerViolations,
  staleArrows,
  unusedExports,
  type RoomRule,
} from './architecture/import-rules.ts'
import {ioOf, ioViolations, printViolations, staleIoEntries} from './architecture/io-rules.ts'
import {readSources} from './architecture/read-sources.ts'
import {importsOf, isTest, type Sources} from './architecture/source.ts'

/** Who may import whom, and which packages. A room always may import itself. */
const arrows: Readonly<Record<string, RoomRule>> = {
  model: {rooms: [], packages: []},
  waiting: {rooms: ['model'], packages: []},
  config: {rooms: ['model'], packages: []},
  measure: {rooms: ['model'], packages: []},
  report: {rooms: ['model'], packages: []},
  scenarios: {rooms: ['model'], packages: []},
  router: {
    rooms: [],
    packages: ['pg', 'pg-connection-string', 'pg-protocol', 'libpg-query', 'prom-client', '@opentelemetry/api'],
  },
  shards: {
    rooms: ['router'],
    packages: ['pg', 'libpg-query', 'pgsql-deparser', 'prom-client', '@opentelemetry/api'],
  },
  lab: {rooms: ['model', 'waiting'], packages: []},
  backup: {rooms: ['model', 'waiting'], packages: []},
  recovery: {rooms: ['model', 'waiting', 'lab', 'backup', 'sharding', 'shards'], packages: []},
  monitor: {rooms: ['model', 'lab', 'backup', 'sharding'], packages: ['pg', 'prom-client']},
  faults: {rooms: ['model', 'waiting'], packages: []},
  load: {rooms: ['model', 'router', 'shards', 'waiting'], packages: ['pg']},
  experiment: {
    rooms: ['model', 'waiting', 'faults', 'load', 'measure', 'report', 'recovery', 'backup', 'lab', 'sharding'],
    packages: ['pg'],
  },
  sharding: {rooms: ['model', 'lab', 'load', 'router', 'shards'], packages: []},
  runbooks: {rooms: ['model', 'waiting', 'lab', 'experiment', 'report'], packages: ['mdast-util-from-markdown']},
  testing: {
    rooms: [
      'model',
      'waiting',
      'config',
      'faults',
      'load',
      'measure',
      'report',
      'router',
      'lab',
      'experiment',
      'recovery',
      'shards',
      'sharding',
      'scenarios',
    ],
    packages: [],
  },
  cli: {rooms: ['*'], packages: ['@oclif/core', 'listr2']},
  bench: {rooms: ['*'], packages: ['*']},
}

/** The only files that touch the world: processes, sockets, files, clocks, chance, the terminal. */
const ioList = [
  'cli/',
  'bench/',
  'src/lab/docker/docker.ts', // processes
  'src/lab/docker/engine-http.ts', // the engine's socket
  'src/lab/docker/engine-socket.ts', // the docker client's settings
  'src/lab/lifecycle/endpoints.ts', // this machine's addresses
  'src/lab/etcd/etcd-gateway.ts', // HTTP
  'src/lab/lifecycle/free-placement.ts', // this machine's addresses
  'src/lab/host/host-facts.ts', // /proc
  'src/lab/host/host-sample.ts', // /proc
  'src/lab/docker/images.ts', // the sources of the images
  'src/lab/lifecycle/lock.ts', // this process and whether the holder lives
  'src/lab/lifecycle/package-files.ts', // where compose files and migrations are
  'src/lab/patroni/patroni-api.ts', // HTTP
  'src/lab/lifecycle/tcp-probe.ts', // sockets
  'src/monitor/collect/node-session.ts', // PostgreSQL
  'src/monitor/exposition.ts', // prom-client
  'src/monitor/serve.ts', // HTTP
  'src/router/client/', // PostgreSQL
  'src/router/connections/', // PostgreSQL
  'src/router/failures/commit-token.ts', // pg's quoting
  'src/router/observe/prometheus.ts', // prom-client
  'src/shards/observe/prometheus.ts', // prom-client
  'src/router/options.ts', // pg's options
  'src/router/place-of-servers.ts', // pg's options
  'src/router/requests/call.ts', // pg's queries, callbacks on the next tick
  'src/router/requests/failed-tries.ts', // chance, for the spread of retries
  'src/router/requests/picker.ts', // chance, for the choice
  'src/router/requests/transaction-client.ts', // pg's queries
  'src/router/router.ts', // pg.Pool
  'src/router/time/', // timers, the monotonic clock
  'src/router/topology/discover-dns.ts', // DNS
  'src/router/topology/discover-patroni.ts', // HTTP to Patroni
  'src/router/topology/sql-line.ts', // PostgreSQL
  'src/shards/execute/', // pg's results
  'src/shards/gather/', // PostgreSQL
  'src/shards/keyed-shard.ts', // pg's queries
  'src/shards/map/source-line.ts', // timers between questions
  'src/shards/migrate/migration-session.ts', // PostgreSQL
  'src/shards/move/copy-pipe.ts', // PostgreSQL's COPY
  'src/shards/move/move-servers.ts', // pg's options
  'src/shards/move/move-session.ts', // PostgreSQL
  'src/shards/move/moving-tables.ts', // pg's quoting
  'src/shards/migrate/read-migrations.ts', // files
  'src/shards/read-statement.ts', // pg's queries
  'src/shards/sharded-client.ts', // pg's queries, callbacks on the next tick
  'src/shards/sharded-pool.ts', // pg's queries
  'src/shards/sharded-result.ts', // pg's results
  'src/shards/time/', // timers, the monotonic clock, chance for the spread of repetitions
  'src/shards/transaction-client.ts', // pg's queries
  'src/shards/transactions/shard-branch.ts', // PostgreSQL
  'src/shards/transactions/shard-transaction.ts', // pg's queries
  'src/shards/transactions/shard-transactions.ts', // names of transactions, bounds of waits
  'src/sharding/commit-client.ts', // a client that is killed: a thread
  'src/sharding/stale-client.ts', // a client that sleeps: a thread
  'src/runbooks/alert-state.ts', // HTTP to Prometheus
  'src/runbooks/lab-machines.ts', // which Node runs hl
  'src/runbooks/read-runbooks.ts', // files of the package and of a person
  'src/experiment/owner-sql.ts', // PostgreSQL
  'src/experiment/store/line-file.ts', // the run folder
  'src/experiment/store/report-forms.ts', // a report in a file of a person's choosing
  'src/experiment/store/run-folder.ts', // the run folder
  'src/experiment/store/stored-report.ts', // the reports of a run folder
  'src/testing/draw-name.ts', // chance, for names
  'src/testing/from-environment.ts', // the environment of the tests
  'src/testing/read-migrations.ts', // files
  'src/waiting/monotonic-clock.ts', // timers, the monotonic clock
  'src/load/ask-patroni.ts', // HTTP to Patroni
  'src/load/pg-node-connection.ts', // PostgreSQL
]

/** A command parses, calls and shows: whoever waits, takes the lab or reads an archive is a use case. */
const useCases = ['src/', 'bench/']

/** Modules with owners. */
const owned: Readonly<Record<string, readonly string[]>> = {
  'node:child_process': ['src/lab/docker/docker.ts', 'cli/run-origin.ts', 'bench/'],
  'listr2': ['cli/view/'],
  'libpg-query': ['src/router/statements/load-parser.ts', 'src/shards/routing/load-sql.ts'],
  'pgsql-deparser': ['src/shards/routing/load-sql.ts'],
  'prom-client': ['src/monitor/exposition.ts', 'src/router/observe/prometheus.ts', 'src/shards/observe/prometheus.ts'],
  '@opentelemetry/api': ['src/router/observe/opentelemetry.ts', 'src/shards/observe/opentelemetry.ts'],
  'src/lab/lifecycle/lock.ts': useCases,
  'src/lab/lifecycle/until-healthy.ts': useCases,
  'src/waiting/await-until.ts': useCases,
  'src/waiting/every.ts': ['src/', 'cli/watching.ts'],
  'src/waiting/work-in-node.ts': useCases,
  'src/backup/read-archive.ts': useCases,
  'src/backup/ask-node.ts': useCases,
}

const libraryEntries = [
  'src/router/index.ts',
  'src/router/observe/prometheus.ts',
  'src/router/observe/opentelemetry.ts',
  'src/shards/index.ts',
  'src/shards/observe/prometheus.ts',
  'src/shards/observe/opentelemetry.ts',
  'src/testing/index.ts',
  'scenarios/index.ts',
]
const libraries = ['src/router/', 'src/shards/', 'src/testing/']
/** What people and programs start or import. */
const isEntry = (path: string): boolean =>
  libraryEntries.includes(path) ||
  path === 'cli/run.ts' ||
  path === 'cli/reference/generate.ts' ||
  matchesAny(path, ['cli/commands/', 'bench/'])

const linesMax = (path: string): number => (path.startsWith('cli/commands/') ? 80 : 300)
/** Files that are longer today, with their own limit. It only goes down. */
const sizeExceptions: Readonly<Record<string, number>> = {}
const functionLinesMax = 60

const sources = readSources(['src/**/*.ts', 'cli/**/*.ts', 'scenarios/**/*.ts', 'bench/**/*.ts'])
const users: Sources = new Map([...sources, ...readSources(['test/**/*.ts', 'docs/*.ts', 'examples/**/*.ts'])])
/** A bench measures the pieces of a library too. */
const notBenches: Sources = new Map([...sources].filter(([path]) => !path.startsWith('bench/')))
const bad = (files: Readonly<Record<string, string>>): Sources => new Map(Object.entries(files))

describe('imports', () => {
  it('are read from the syntax tree, not from comments or strings', () => {
    const text = `
      // import 'in-a-comment'
      const s = "import 'in-a-string'"
      import type {Pool} from 'pg'
      import {type A, type B} from './a.ts'
      import {rename} from 'node:fs/promises'
      export * from './b.ts'
      const lazy = import('@scope/name/deep')
      let t: import('./c.ts').T`
    expect(
      importsOf('src/x/y.ts', text).map(found => [
        found.path ?? found.module,
        found.typeOnly,
        found.dynamic,
        found.reexportsAll,
      ]),
    ).toEqual([
      ['pg', true, false, false],
      ['src/x/a.ts', true, false, false],
      ['node:fs/promises', false, false, false],
      ['src/x/b.ts', false, false, true],
      ['@scope/name', false, true, false],
      ['src/x/c.ts', true, false, false],
    ])
  })

  it('follow the arrows', () => expect(arrowViolations(sources, arrows)).toEqual([]))
  it('against an arrow, of a forbidden package or from an unknown room are found', () => {
    const planted = bad({
      'src/measure/rto.ts': `import {x} from '../experiment/run.ts'`,
      'src/model/time.ts': `import fc from 'fast-check'`,
      'src/router/router.ts': `import type {Lsn} from '../model/lsn.ts'; import pg from 'pg'`,
      'src/drawer/x.ts': `import {y} from './y.ts'`,
    })
    expect(arrowViolations(planted, arrows)).toEqual([
      'src/measure/rto.ts imports src/experiment/run.ts: measure -> experiment is not an arrow',
      'src/model/time.ts imports fast-check: model may not import that package',
      'src/router/router.ts imports src/model/lsn.ts: router -> model is not an arrow',
      'src/drawer/x.ts: the room drawer is not in the table of arrows',
    ])
  })

  it('use every arrow', () => expect(staleArrows(sources, arrows)).toEqual([]))
  it('that no longer use an arrow are found', () => {
    const table = {
      measure: {rooms: ['model', 'lab'], packages: ['pg', 'pg-cursor']},
      gone: {rooms: [], packages: []},
      cli: {rooms: ['*'], packages: ['*']},
    }
    const planted = bad({
      'src/measure/rto.ts': `import {x} from '../model/time.ts'; import pg from 'pg'`,
      'src/measure/rto.test.ts': `import {y} from '../lab/y.ts'`,
      'cli/a.ts': '',
    })
    expect(staleArrows(planted, table)).toEqual([
      'measure -> lab is used by no file',
      'measure -> pg-cursor is used by no file',
      'gone is not a room',
    ])
  })

  it('have no cycle', () => expect(cycleViolations(sources)).toEqual([]))
  it('in a cycle are found, types included', () => {
    const planted = bad({
      'src/a/x.ts': `import './y.ts'`,
      'src/a/y.ts': `import type {Z} from './z.ts'`,
      'src/a/z.ts': `import './x.ts'`,
      'src/a/free.ts': `import './x.ts'`,
    })
    expect(cycleViolations(planted)).toEqual(['cycle: src/a/x.ts -> src/a/y.ts -> src/a/z.ts -> src/a/x.ts'])
  })

  it('go to files, not to barrels', () => expect(barrelViolations(sources, libraryEntries)).toEqual([]))
  it('through a barrel are found', () => {
    const planted = bad({
      'src/measure/index.ts': '',
      'src/model/all.ts': `export * from './lsn.ts'`,
      'src/router/index.ts': `export * from './router.ts'`,
      'cli/commands/runs/index.ts': '',
    })
    expect(barrelViolations(planted, libraryEntries)).toEqual([
      'src/measure/index.ts: index.ts is for library entries only',
      'src/model/all.ts re-exports all of ./lsn.ts',
    ])
  })

  it('of a library come through its entries', () =>
    expect(libraryViolations(notBenches, libraries, libraryEntries)).toEqual([]))
  it('past the entries of a library are found', () => {
    const planted = bad({
      'src/load/pg.ts': `import {judgeError} from '../router/failures/classify-error.ts'`,
      'cli/explain.ts': `import {Router} from '../src/router/index.ts'; import {p} from '../src/router/observe/prometheus.ts'`,
      'src/router/router.ts': `import './options.ts'`,
    })
    expect(libraryViolations(planted, libraries, libraryEntries)).toEqual([
      'src/load/pg.ts imports src/router/failures/classify-error.ts: from outside, only the entries of src/router/ may be imported',
    ])
  })

  it('of owned modules come from their owner', () => expect(ownerViolations(sources, owned)).toEqual([]))
  it('of owned modules from elsewhere are found', () => {
    const planted = bad({
      'src/lab/docker/docker.ts': `import {spawn} from 'node:child_process'`,
      'src/lab/compose.ts': `import {spawn} from 'node:child_process'`,
      'cli/a.ts': `import {Listr} from 'listr2'`,
      'cli/commands/up.ts': `import {whileLocked} from '../../src/lab/lifecycle/lock.ts'`,
    })
    expect(ownerViolations(planted, owned)).toEqual([
      'src/lab/compose.ts imports node:child_process: only src/lab/docker/docker.ts, cli/run-origin.ts, bench/ may',
      'cli/a.ts imports listr2: only cli/view/ may',
      'cli/commands/up.ts imports ../../src/lab/lifecycle/lock.ts: only src/, bench/ may',
    ])
  })
})

describe('the world', () => {
  it('is touched by the files on the IO list only', () => expect(ioViolations(sources, ioList)).toEqual([]))
  it('is touched by every entry of the IO list', () =>
    expect(
      staleIoEntries(
        sources,
        ioList.filter(entry => entry !== 'bench/'),
      ),
    ).toEqual([]))

  it.each([
    ['a builtin', `import {readFile} from 'node:fs/promises'`, ['node:fs/promises']],
    ['a driver, even its types', `import type {Pool} from 'pg'`, ['pg']],
    ['a clock', `const t = Date.now(); const u = new Date()`, ['Date']],
    ['a timer', `setTimeout(() => {}, 1); await wait(AbortSignal.timeout(5))`, ['AbortSignal.timeout', 'setTimeout']],
    ['chance', `const r = Math.random(); const {random} = Math`, ['Math.random']],
    ['chance from node:crypto', `import {createHash, randomUUID} from 'node:crypto'`, ['node:crypto randomUUID']],
    ['all of node:crypto', `import * as crypto from 'node:crypto'`, ['node:crypto *']],
    ['the process, also as a default value', `function f(env = process.env) {}`, ['process']],
    ['a global through globalThis', `globalThis.fetch('x')`, ['globalThis']],
    ['a shorthand property', `const deps = {fetch}`, ['fetch']],
  ])('touched by %s is seen', (_what, text, expected) =>
    expect([...ioOf('src/measure/x.ts', text)].sort()).toEqual([...expected].sort()),
  )

  it.each([
    ['names in comments and strings', `/* Date.now() */ const s = 'process.env' // console.log`],
    [
      'properties and types of the same name',
      `interface A {process: string; at: Date} const b = {console: 1}; b.console; const t: typeof Date.now = clock.now`,
    ],
    ['names of its own', `import {fetch} from './fetch-rows.ts'; fetch(1); const f = (process: number) => process + 1`],
    ['pure parts of a builtin', `import {createHash} from 'node:crypto'; Math.max(1, 2)`],
  ])('is not touched by %s', (_what, text) => expect(ioOf('src/measure/x.ts', text)).toEqual([]))

  it('touched off the list, or a list that is too long, is found', () => {
    const planted = bad({
      'src/measure/rto.ts': 'export const now = Date.now()',
      'src/lab/docker/docker.ts': `import {spawn} from 'node:child_process'`,
    })
    expect(ioViolations(planted, ['src/lab/docker/docker.ts'])).toEqual([
      'src/measure/rto.ts touches Date and is not on the IO list',
    ])
    expect(staleIoEntries(planted, ['src/lab/docker/docker.ts', 'src/lab/gone.ts'])).toEqual([
      'src/lab/gone.ts is on the IO list and does no IO',
    ])
  })

  it('is printed to from cli/ and bench/ only', () => expect(printViolations(sources, ['cli/', 'bench/'])).toEqual([]))

  it('hears from one file of cli/ what was made printable', () => {
    const writers = [...sources].filter(
      ([path, text]) => path.startsWith('cli/') && !isTest(path) && /\b(stdout|stderr)\.write\(|console\./.test(text),
    )
    expect(writers.map(([path]) => path).toSorted()).toEqual([
      'cli/output.ts',
      'cli/reference/generate.ts',
      'cli/view/live-view.ts',
    ])
  })
  it('printed to from elsewhere is found', () => {
    const planted = bad({
      'cli/show.ts': 'process.stdout.write(x)',
      'src/experiment/run.ts': 'console.log(1); process.exitCode = 1; process.pid',
      'src/experiment/b.ts': `process['stderr'].write('x')`,
    })
    expect(printViolations(planted, ['cli/'])).toEqual([
      'src/experiment/run.ts uses console',
      'src/experiment/run.ts uses process.exitCode',
      'src/experiment/b.ts uses process.stderr',
    ])
  })
})

describe('files', () => {
  it('have names that say something', () => expect(nameViolations(sources)).toEqual([]))
  it('with names that say nothing are found', () => {
    expect(
      nameViolations(
        bad({
          'src/model/types.ts': '',
          'cli/utils/x.ts': '',
          'src/report/helpers.test.ts': '',
          'src/model/time.ts': '',
        }),
      ),
    ).toHaveLength(3)
  })

  it('are small', () => expect(sizeViolations(sources, linesMax, sizeExceptions)).toEqual([]))
  it('that are too long, or exceptions not needed any more, are found', () => {
    const planted = bad({
      'src/a/long.ts': 'x\n'.repeat(301),
      'src/a/fits.ts': 'x\n'.repeat(300),
      'src/a/grown.ts': 'x\n'.repeat(320),
      'src/a/shrunk.ts': 'x\n',
      'cli/commands/up.ts': 'x\n'.repeat(81),
      'src/a/long.test.ts': 'x\n'.repeat(900),
    })
    expect(
      sizeViolations(planted, linesMax, {'src/a/grown.ts': 310, 'src/a/shrunk.ts': 400, 'src/a/gone.ts': 400}),
    ).toEqual([
      'src/a/long.ts: 301 lines, at most 300',
      'src/a/grown.ts: 320 lines, its exception allows 310',
      'src/a/shrunk.ts: the exception is not needed any more',
      'cli/commands/up.ts: 81 lines, at most 80',
      'src/a/gone.ts: the exception names no file',
    ])
  })

  it('hold short functions', () => expect(functionViolations(sources, functionLinesMax)).toEqual([]))
  it('with a long function are found', () => {
    const planted = bad({'src/a/x.ts': `const ok = () => 1\nfunction long() {\n${'  ok()\n'.repeat(59)}}`})
    expect(functionViolations(planted, functionLinesMax)).toEqual(['src/a/x.ts:2: a function of 61 lines, at most 60'])
  })

  it('are all reached from an entry', () => expect(deadFiles(sources, isEntry)).toEqual([]))
  it('that only a test or another dead file imports are found', () => {
    const planted = bad({
      'cli/commands/up.ts': `import '../wire.ts'`,
      'cli/wire.ts': '',
      'src/a/dead.ts': `import './deader.ts'`,
      'src/a/deader.ts': '',
      'src/a/dead.test.ts': `import './dead.ts'`,
    })
    expect(deadFiles(planted, isEntry)).toEqual([
      'src/a/dead.ts is reached from no entry',
      'src/a/deader.ts is reached from no entry',
    ])
  })
})

describe('exports', () => {
  it('have somebody who imports them', () => expect(unusedExports(sources, users, isEntry)).toEqual([]))
  it('that nobody imports, or only tests, are found', () => {
    const planted = bad({
      'src/a/x.ts': `export const used = 1; export function lonely() {}; export const inside = 2; void inside
        export class Tried {}; export interface Shape {a: 1}; export type Alias = Shape`,
      'src/a/y.ts': `import {used} from './x.ts'`,
      'src/a/x.test.ts': `import {Tried, inside} from './x.ts'`,
      'src/a/whole.ts': `export const anything = 1`,
      'src/a/lazy.ts': `const whole = await import('./whole.ts')`,
      'src/router/index.ts': `export const forOthers = 1; export {given} from './given.ts'`,
      'src/router/given.ts': `export const given = 1; export const kept = 2`,
    })
    expect(unusedExports(planted, planted, isEntry)).toEqual([
      'src/a/x.ts exports lonely, which no file imports',
      'src/a/x.ts exports Tried, which only tests use',
      'src/router/given.ts exports kept, which no file imports',
    ])
  })
})

describe('the command line', () => {
  it('is imported by nobody else', () => expect(outsideViolations(users, 'cli/')).toEqual([]))
  it('imported from elsewhere is found', () => {
    const planted = bad({
      'src/lab/a.ts': `import type {Answer} from '../../cli/up-answer.ts'`,
      'bench/b.ts': `import {docker} from '../cli/wire.ts'`,
      'cli/c.ts': `import {docker} from './wire.ts'`,
    })
    expect(outsideViolations(planted, 'cli/')).toEqual([
      'src/lab/a.ts imports cli/up-answer.ts',
      'bench/b.ts imports cli/wire.ts',
    ])
  })
})

describe('the router library', () => {
  it('loads pg and its own files, nothing else', () =>
    expect(loadedPackages(sources, 'src/router/index.ts')).toEqual(['pg', 'pg-connection-string', 'pg-protocol']))
  it('would be caught loading a CLI package, however far away', () => {
    const planted = bad({
      'src/router/index.ts': `export {r} from './router.ts'; import type {T} from 'types-only'`,
      'src/router/router.ts': `import pg from 'pg'; import '../../cli/x.ts'; const lazy = () => import('sql-parser')`,
      'cli/x.ts': `import {Command} from '@oclif/core'`,
    })
    expect(loadedPackages(planted, 'src/router/index.ts')).toEqual(['@oclif/core', 'pg'])
  })
})

describe('the shard library', () => {
  it('loads pg, the router and its own files; the grammar on need', () =>
    expect(loadedPackages(sources, 'src/shards/index.ts')).toEqual(['pg', 'pg-connection-string', 'pg-protocol']))
})

describe('the library for tests', () => {
  it('loads pg and its own files: no command line, and no test runner', () =>
    expect(loadedPackages(sources, 'src/testing/index.ts')).toEqual(['pg', 'pg-connection-string', 'pg-protocol']))
})

describe('documents', () => {
  it('mention every scenario', async () => {
    const index = 'scenarios/index.ts'
    expect(sources.has(index)).toBe(true)
    const module: unknown = await import(/* @vite-ignore */ `../${index}`)
    const names = scenarioNames(module)
    expect(names.length).toBeGreaterThan(0)
    expect(undocumented(names, [...readSources(['README.md', 'docs/*.md', 'runbooks/*.md']).values()])).toEqual([])
  })
  it('that do not mention a scenario are found, also when only a longer name is there', () => {
    expect(
      undocumented(
        ['primary-crash', 'primary', 'a', 'b'],
        ['run `primary-crash` on the primary', 'hl failover --scenario a --seed 1'],
      ),
    ).toEqual(['primary is mentioned in no document', 'b is mentioned in no document'])
  })
})

/** Names of all scenarios that a module exports, by themselves or in lists and tables. */
function scenarioNames(value: unknown, depth = 0): readonly string[] {
  if (typeof value !== 'object' || value === null || depth > 3) return []
  if ('steps' in value && 'name' in value && typeof value.name === 'string') return [value.name]
  return [...new Set(Object.values(value).flatMap(inner => scenarioNames(inner, depth + 1)))]
}
