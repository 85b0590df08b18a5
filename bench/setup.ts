// From a machine with an engine, but without packages and images, to the first report: what each step takes, and what
// it gives that steps which need nothing of each other go side by side. Peers: the same set-up step by step, and an
// older version of hl, since hosts differ by more than versions do.
//   node bench/setup.ts                    two rounds, about 20 minutes
//   node bench/setup.ts --before f1050ab   with that version beside it, about 30 minutes
//   node bench/setup.ts --rounds 1         whether it works: not kept in bench/results
// Takes the lab's images and the base image away and makes them again; works in a clone of the last commit. Writes
// bench/results/setup.json and .md. Nothing else should run on the host, and no lab.
import {execFileSync, spawn} from 'node:child_process'
import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {parseArgs} from 'node:util'
import {conditionsNow} from './router/conditions.ts'
import {refuseLeftovers} from './router/containers.ts'
import {ratioOf, spreadOf} from './router/figures.ts'
import {markdownTable, spreadText} from './router/format.ts'
import type {Findings} from './router/part.ts'
import {keep} from './router/results.ts'
import {interleaved, type ByContender} from './router/rounds.ts'
import {countOf, tell} from './run-parts.ts'

type Way = 'side by side' | 'step by step' | 'the version before'

const verdictUnknown = 3
const parts = ['npm', 'docker', 'base', 'compose', 'images'] as const

/** s. */
interface Turn {
  readonly setUp: number
  /** Of each part of the set-up, where they go one after the other. */
  readonly parts: readonly number[]
  readonly up: number
  readonly report: number
}

const root = fileURLToPath(new URL('..', import.meta.url))
const {values} = parseArgs({options: {rounds: {type: 'string', default: '2'}, before: {type: 'string'}}})
const rounds = countOf('--rounds', values.rounds)
const {before} = values
const ways: readonly Way[] = [
  'side by side',
  'step by step',
  ...(before === undefined ? [] : ['the version before' as const]),
]
await refuseLeftovers()
const turns = await interleaved(ways, rounds, turn)
const findings = findingsOf(turns)
for (const table of findings.tables) tell(markdownTable(table))
const conditions = conditionsNow(['node bench/setup.ts', ...process.argv.slice(2)].join(' '))
if (rounds > 1) keep('setup', findings, conditions, ['setup'], {file: 'setup', title: 'The set-up in figures'})

/** One whole way to a report, in a clone of its own. */
async function turn(way: Way): Promise<Turn> {
  const folder = mkdtempSync(join(tmpdir(), 'hl-bench-setup-'))
  try {
    execFileSync('git', ['clone', '-q', `file://${root}`, folder])
    if (way === 'the version before' && before !== undefined)
      execFileSync('git', ['-C', folder, 'checkout', '-q', before])
    takeImagesAway()
    const setUpMs = performance.now()
    const perPart = await (way === 'step by step' ? oneByOne(way, folder) : setUp(way, folder))
    const seconds = (performance.now() - setUpMs) / 1_000
    const hl = ['bin/hl.js']
    const up = await timed(way, node(folder), [...hl, 'up', '--lab', 'bench'], folder)
    // On a slow host the verdict may be unknown, which is a report too.
    const failover = ['failover', '--scenario', 'primary-crash', '--lab', 'bench']
    const report = await timed(way, node(folder), [...hl, ...failover], folder, [0, verdictUnknown])
    await timed(way, node(folder), [...hl, 'down', '--lab', 'bench', '--volumes', '--confirm', 'bench'], folder)
    return {setUp: seconds, parts: perPart, up, report}
  } finally {
    rmSync(folder, {recursive: true, force: true})
  }
}

async function setUp(way: Way, folder: string): Promise<readonly number[]> {
  await timed(way, 'sh', ['scripts/setup.sh'], folder)
  return []
}

async function oneByOne(way: Way, folder: string): Promise<readonly number[]> {
  const seconds: number[] = []
  for (const part of parts) seconds.push(await timed(way, 'sh', ['scripts/setup.sh', '--only', part], folder))
  return seconds
}

const node = (folder: string): string => join(folder, 'node_modules/node/bin/node')

function takeImagesAway(): void {
  const ours = ['hl-archive:17', 'hl-postgres:17', 'hl-etcd:3.5', 'hl-pgpool:4.6', 'debian:trixie-slim']
  for (const image of ours) {
    const found = execFileSync('docker', ['image', 'ls', '-q', image], {encoding: 'utf8'}).trim()
    if (found !== '') execFileSync('docker', ['image', 'rm', '-f', image], {stdio: 'ignore'})
  }
  // Layers of images that are gone would be found again.
  execFileSync('docker', ['builder', 'prune', '-af'], {stdio: 'ignore'})
  execFileSync('docker', ['image', 'prune', '-f'], {stdio: 'ignore'})
}

/** s until it has ended; rejects where it ends with another code. */
async function timed(
  way: Way,
  program: string,
  words: readonly string[],
  cwd: string,
  codes: readonly unknown[] = [0],
): Promise<number> {
  const startMs = performance.now()
  const child = spawn(program, words, {cwd, stdio: ['ignore', 'ignore', 'inherit']})
  const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve))
  if (!codes.includes(code)) throw new Error(`${words.join(' ')} ended with ${String(code)}`)
  const seconds = (performance.now() - startMs) / 1_000
  tell(`${way}: ${words.join(' ')}: ${seconds.toFixed(1)} s`)
  return seconds
}

function findingsOf(turns: ByContender<Way, Turn>): Findings {
  const whole = ({setUp, up, report}: Turn): number => setUp + up + report
  const rowOf = (name: string, figure: (turn: Turn) => number): readonly string[] => {
    const ours = turns['side by side'].map(figure)
    const cells = ways.map(way => spreadText(spreadOf(turns[way].map(figure)), 1))
    const ratios = ways.slice(1).map(way => spreadText(ratioOf(ours, turns[way].map(figure)), 2))
    return [name, ...cells, ...ratios]
  }
  const rowOfPart = (part: string, index: number): readonly string[] => {
    const seconds = turns['step by step'].flatMap(each => each.parts[index] ?? [])
    return [
      `set-up: ${part}`,
      ...ways.map(way => (way === 'step by step' ? spreadText(spreadOf(seconds), 1) : '')),
      ...ways.slice(1).map(() => ''),
    ]
  }
  return {
    tables: [
      {
        title: 'From neither packages nor images to the first report, s',
        head: ['step', ...ways, ...ways.slice(1).map(way => `side by side x ${way}`)],
        rows: [
          ...parts.map(rowOfPart),
          rowOf('set-up, whole', ({setUp}) => setUp),
          rowOf('hl up, three etcd members, three nodes, pgpool', ({up}) => up),
          rowOf('hl failover --scenario primary-crash, to its report', ({report}) => report),
          rowOf('all of it', whole),
        ],
        note: `Median of ${rounds} rounds, interleaved; in brackets the least and the greatest. Side by side: packages beside the engine, then the plugin beside the images, two of them at a time. The engine is there. The base image is made of Debian's packages where no registry answers.${before === undefined ? '' : ` The version before: ${before}.`}`,
      },
    ],
    raw: turns,
    versions: {},
  }
}
