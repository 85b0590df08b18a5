// The router in figures: what it costs beside a bare pg.Pool and beside proxies, and what it gives. Each part brings up
// servers of its own and takes them away.
//   node bench/router.ts                           all parts but failover-ways, about 75 minutes
//   node bench/router.ts one-server fresh-reads    only these
//   node bench/router.ts failover-ways             7 minutes more, on a lab named bench
//   node bench/router.ts --rounds 15 --trials 5    closer figures
// Writes bench/results/router.json and .md, after each part; a part that is not measured stays as it was. Nothing else
// should run on the host. Needs Docker and the lab's images (sh scripts/setup.sh); makes an image with PgBouncer,
// hl-bench-pgbouncer:trixie, and leaves it.
import {parseArgs} from 'node:util'
import {conditionsNow} from './router/conditions.ts'
import {refuseLeftovers} from './router/containers.ts'
import {failoverWays} from './router/failover-ways.ts'
import {freshReads} from './router/fresh-reads.ts'
import {oneServer} from './router/one-server.ts'
import type {Part} from './router/part.ts'
import {keep} from './router/results.ts'
import {routingCost} from './router/routing-cost.ts'
import {threeServers} from './router/three-servers.ts'
import {countOf, partsOf, runPart, tell} from './run-parts.ts'

const byDefault: readonly Part[] = [oneServer, routingCost, threeServers, freshReads]
const parts: readonly Part[] = [...byDefault, failoverWays]

const {values, positionals} = parseArgs({
  allowPositionals: true,
  options: {rounds: {type: 'string', default: '7'}, trials: {type: 'string', default: '2'}},
})
const wanted = positionals.length === 0 ? byDefault : partsOf(positionals, parts)
const rounds = countOf('--rounds', values.rounds)
const trials = countOf('--trials', values.trials)
await refuseLeftovers()
const conditions = conditionsNow(['node bench/router.ts', ...process.argv.slice(2)].join(' '))

for (const part of wanted)
  await runPart(part, async (undo, say) =>
    keep(
      part.name,
      await part.run({rounds, trials, undo, tell: say}),
      conditions,
      parts.map(({name}) => name),
    ),
  )
tell('written: bench/results/router.md and .json')
