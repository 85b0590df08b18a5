// Moves of groups in figures: how fast rows come, how long writes wait at the switch, what it costs the application;
// beside a bare COPY through a pipe and PostgreSQL's own logical replication, switched by hand, on the same two servers
// in the same run.
//   node bench/move.ts                all parts, about 20 minutes
//   node bench/move.ts --only pause   only this one
//   node bench/move.ts --quick        whether it works: a tenth of the rows and of the rounds, not kept in
//                                     bench/results unless --keep
// Writes bench/results/move.json and .md, after each part. Nothing else should run on the host. Needs Docker and the
// lab's images (sh scripts/setup.sh).
import {copying} from './move/copying.ts'
import type {MovePart} from './move/move-part.ts'
import {pausing} from './move/pausing.ts'
import {startPair, type Pair} from './move/servers.ts'
import {conditionsNow} from './router/conditions.ts'
import {refuseLeftovers} from './router/containers.ts'
import {markdownTable} from './router/format.ts'
import {keep} from './router/results.ts'
import {partsOf, runPart, tell} from './run-parts.ts'
import {flagsOf, sizesOf} from './shards/sizes.ts'

const parts: readonly MovePart[] = [copying, pausing]

const flags = flagsOf(process.argv.slice(2))
const wanted = flags.only.length === 0 ? parts : partsOf(flags.only, parts)
const sizes = sizesOf(flags.quick)
const rounds = flags.quick ? 1 : flags.rounds
await refuseLeftovers()
const conditions = conditionsNow(['node bench/move.ts', ...process.argv.slice(2)].join(' '))

await runPart({name: 'move', about: 'all parts'}, async (undo, say) => {
  let started: Promise<Pair> | null = null
  const pair = async (): Promise<Pair> => (started ??= startPair(undo, sizes, say))
  for (const part of wanted) {
    say(part.name)
    const findings = await part.run({rounds, trials: 1, sizes, pair, undo, tell: say})
    for (const table of findings.tables) tell(markdownTable(table))
    if (flags.keep)
      keep(
        part.name,
        findings,
        conditions,
        parts.map(({name}) => name),
        {file: 'move', title: 'Moves of groups in figures'},
      )
  }
})
if (flags.keep) tell('written: bench/results/move.md and .json')
