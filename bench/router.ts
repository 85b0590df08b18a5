// The router in figures: what it costs beside a bare pg.Pool and beside proxies, and what it gives. Each part brings up servers of its own and takes them away.
//   node bench/router.ts                           all parts but failover-ways, below 8 minutes
//   node bench/router.ts one-server fresh-reads    only these
//   node bench/router.ts failover-ways             7 minutes more, on a lab named bench
//   node bench/router.ts --rounds 15 --trials 5    closer figures
// Writes bench/results/router.json and .md, after each part; a part that is not measured stays as it was. Nothing else should run on the host. Needs Docker and the
// lab's images (sh scripts/setup.sh); makes an image with PgBouncer, hl-bench-pgbouncer:trixie, and leaves it.
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
import {UndoStack} from './router/undo.ts'

const byDefault: readonly Part[] = [oneServer, routingCost, threeServers, freshReads]
const parts: readonly Part[] = [...byDefault, failoverWays]

const {values, positionals} = parseArgs({allowPositionals: true, options: {rounds: {type: 'string', default: '7'}, trials: {type: 'string', default: '2'}}})
const wanted = positionals.length === 0 ? byDefault : positionals.map(partOf)
const rounds = countOf('--rounds', values.rounds)
const trials = countOf('--trials', values.trials)
await refuseLeftovers()
const conditions = conditionsNow(['node bench/router.ts', ...process.argv.slice(2)].join(' '))

for (const part of wanted) await measure(part)
tell('written: bench/results/router.md and .json')

async function measure(part: Part): Promise<void> {
  const startedMs = performance.now()
  const undo = new UndoStack(text => tell(`${part.name}: ${text}`))
  const release = undo.runOnSignals()
  try {
    const findings = await part.run({rounds, trials, undo, tell: text => tell(`${part.name}: ${text}`)})
    keep(part.name, findings, conditions, parts.map(({name}) => name))
  } finally {
    await undo.run()
    release()
  }
  tell(`${part.name}: took ${((performance.now() - startedMs) / 1_000).toFixed(0)} s`)
}

function partOf(name: string): Part {
  const part = parts.find(each => each.name === name)
  if (part === undefined) throw new Error(`there is no part ${name}; there are:\n${parts.map(each => `  ${each.name}: ${each.about}`).join('\n')}`)
  return part
}

function countOf(flag: string, text: string): number {
  const count = Number(text)
  if (!Number.isInteger(count) || count < 1) throw new Error(`${flag} is ${text}: a whole number above zero is wanted`)
  return count
}

function tell(text: string): void {
  process.stderr.write(`${text}\n`)
}
