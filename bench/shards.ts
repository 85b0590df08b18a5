// The library over shards in figures: what finding the shard costs, and what it gives beside a router on one server,
// PostgreSQL's own ways (foreign tables, PL/Proxy) and a bare pg.Pool. All parts of a run are on the same three
// servers.
//   node bench/shards.ts                              all parts, about 25 minutes
//   node bench/shards.ts --only scatter --only fence  only these
//   node bench/shards.ts --quick                      whether it works: a tenth of the rows and of the time, not kept
//                                                     in bench/results unless --keep
//   node bench/shards.ts --rounds 12                  closer figures
// Writes bench/results/shards.json and .md, after each part; a part that is not measured stays as it was. Nothing else
// should run on the host. Needs Docker and the lab's images (sh scripts/setup.sh); makes an image with PL/Proxy,
// hl-bench-plproxy:17, and leaves it.
import {conditionsNow} from './router/conditions.ts'
import {refuseLeftovers} from './router/containers.ts'
import {markdownTable} from './router/format.ts'
import {keep} from './router/results.ts'
import {partsOf, runPart, tell} from './run-parts.ts'
import {fenceCost} from './shards/fence-cost.ts'
import {planning} from './shards/planning.ts'
import {routing} from './shards/routing.ts'
import {scatter} from './shards/scatter.ts'
import {startServers, type BenchServers} from './shards/servers.ts'
import type {ShardsPart} from './shards/shards-part.ts'
import {singleKey} from './shards/single-key.ts'
import {flagsOf, sizesOf} from './shards/sizes.ts'
import {stream} from './shards/stream.ts'
import {transactions} from './shards/transactions.ts'

const parts: readonly ShardsPart[] = [planning, routing, singleKey, scatter, stream, transactions, fenceCost]

const flags = flagsOf(process.argv.slice(2))
const wanted = flags.only.length === 0 ? parts : partsOf(flags.only, parts)
const sizes = sizesOf(flags.quick)
await refuseLeftovers()
const conditions = conditionsNow(['node bench/shards.ts', ...process.argv.slice(2)].join(' '))

await runPart({name: 'shards', about: 'all parts'}, async (undo, say) => {
  let started: Promise<BenchServers> | null = null
  const servers = async (): Promise<BenchServers> => (started ??= startServers(undo, sizes, say))
  for (const part of wanted) {
    say(part.name)
    const findings = await part.run({rounds: flags.rounds, trials: 1, sizes, servers, undo, tell: say})
    for (const table of findings.tables) tell(markdownTable(table))
    if (flags.keep)
      keep(
        part.name,
        findings,
        conditions,
        parts.map(({name}) => name),
        {file: 'shards', title: 'Shards in figures'},
      )
  }
})
if (flags.keep) tell('written: bench/results/shards.md and .json')
