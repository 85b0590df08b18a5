// Until a test has its database: a cluster of three, one node with one etcd, two shards, beside one server by
// testcontainers. Images are there; each start is a new one and is taken away again.
import {PatroniCluster, ShardedLab} from '../../src/testing/index.ts'
import {ratioOf, spreadOf, type Spread} from '../router/figures.ts'
import {spreadText} from '../router/format.ts'
import type {Findings} from '../router/part.ts'
import {orderOf} from '../router/rounds.ts'
import {loadTestcontainers, startPlainServer} from './plain-server.ts'
import {targetText, timed, type Stoppable, type TestingBench, type TestingPart} from './testing-part.ts'

const names = ['plain', 'one', 'three', 'shards'] as const
type Name = (typeof names)[number]

const words: Readonly<Record<Name, string>> = {
  plain: 'one server, by testcontainers',
  one: 'one node, one etcd',
  three: 'three nodes, one etcd',
  shards: 'two shards of one node, one etcd, tables and map',
}
/** In s. */
const targets: Readonly<Partial<Record<Name, number>>> = {one: 4, three: 10}

export const starts: TestingPart = {
  name: 'starts',
  about: 'until a cluster for a test is whole, and until it is gone',
  run: async (bench): Promise<Findings> => {
    const testcontainers = await loadTestcontainers(bench.testcontainers)
    const steps = new Map<string, number[]>()
    const startOf: Readonly<Record<Name, (() => Promise<Stoppable>) | null>> = {
      plain: testcontainers === null ? null : async () => startPlainServer(testcontainers),
      one: async () => new PatroniCluster({nodes: 1}).start(),
      three: async () => new PatroniCluster({nodes: 3}).withProgress(stepClock(steps)).start(),
      shards: async () => new ShardedLab({shards: 2, nodes: 1}).start(),
    }
    const present = names.filter(name => startOf[name] !== null)
    const up = new Map<Name, number[]>(present.map(name => [name, []]))
    const down = new Map<Name, number[]>(present.map(name => [name, []]))
    for (let round = 0; round < bench.rounds; round += 1)
      for (const name of orderOf(present, round)) await once(name, startOf[name], {bench, up, down})
    return findings({up, down, steps, bench, isPlainThere: testcontainers !== null})
  },
}

interface Times {
  readonly bench: TestingBench
  readonly up: ReadonlyMap<Name, number[]>
  readonly down: ReadonlyMap<Name, number[]>
}

async function once(name: Name, start: (() => Promise<Stoppable>) | null, {bench, up, down}: Times): Promise<void> {
  if (start === null) return
  const started = await timed(start)
  let isUp = true
  bench.undo.defer(name, async () => (isUp ? started.value.stop() : undefined))
  const stopped = await timed(async () => started.value.stop())
  isUp = false
  up.get(name)?.push(started.ms)
  down.get(name)?.push(stopped.ms)
  bench.tell(`${words[name]}: ${(started.ms / 1_000).toFixed(1)} s, gone in ${(stopped.ms / 1_000).toFixed(1)} s`)
}

/** How long each step of a start took, by its words without names and numbers. */
function stepClock(steps: Map<string, number[]>): (text: string) => void {
  let last: {readonly text: string; readonly atMs: number} | null = null
  return text => {
    const atMs = performance.now()
    if (last !== null) {
      const key = last.text.replaceAll(/\(.*\)|\d+/g, '').trim()
      steps.set(key, [...(steps.get(key) ?? []), atMs - last.atMs])
    }
    last = {text, atMs}
  }
}

interface Found {
  readonly up: ReadonlyMap<Name, readonly number[]>
  readonly down: ReadonlyMap<Name, readonly number[]>
  readonly steps: ReadonlyMap<string, readonly number[]>
  readonly bench: TestingBench
  readonly isPlainThere: boolean
}

function findings({up, down, steps, bench, isPlainThere}: Found): Findings {
  const seconds = (ms: readonly number[]): Spread => spreadOf(ms.map(each => each / 1_000))
  const plain = up.get('plain')
  const rows = [...up].map(([name, ms]) => [
    words[name],
    spreadText(seconds(ms), 1),
    plain === undefined ? 'not measured' : spreadText(ratioOf(ms, plain), 2),
    spreadText(seconds(down.get(name) ?? []), 1),
  ])
  const met = [...up].flatMap(([name, ms]) => {
    const target = targets[name]
    return target === undefined ? [] : [targetText(words[name], seconds(ms).median, target, 's')]
  })
  const inSteps = [...steps].map(([step, ms]) => `${step} ${spreadText(seconds(ms), 1)} s`)
  const beside = isPlainThere
    ? 'The plain server is a GenericContainer of the lab’s own image: initdb, then the server, until it says that it takes connections.'
    : 'testcontainers was not installed, so there is nothing beside it.'
  return {
    tables: [
      {
        title: 'From start() until every node is in place',
        head: ['what', 'start s', 'x one server', 'stop s'],
        rows,
        note: `Targets: ${met.join('; ')}. Median of ${bench.rounds} rounds, interleaved; in brackets the least and the greatest, of ratios those of one round. Images are there, each start is a new cluster. Ready means: each node streams, synchronous standbys are in place, reset() has what it goes back to. ${beside} The images postgres and testcontainers/ryuk of a registry are not used, nor is the compose file of Patroni’s own demo, which builds from one. Steps of a start of three nodes: ${inSteps.join('; ')}.`,
      },
    ],
    raw: {up: Object.fromEntries(up), down: Object.fromEntries(down), steps: Object.fromEntries(steps)},
    versions: {},
  }
}
