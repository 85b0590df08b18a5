// Backups, restores and losses in figures: hl's own way beside pgBackRest and beside a plain copy, what is lost with
// everything but the archive, and what grows with WAL and changed pages. Each part brings up servers of its own and
// takes them away.
//   node bench/restore.ts                                       all parts, about 35 minutes
//   node bench/restore.ts rpo replay-growth                     only these
//   node bench/restore.ts --scale 0.05 --rounds 1 --trials 1    whether it works: small, and not kept in bench/results
//                                                               unless --keep
// Writes bench/results/restore.json and .md, after each part; a part that is not measured stays as it was. Nothing else
// should run on the host, and root on it makes the page cache cold. Needs Docker, 40 GB of disk and the lab's images
// (sh scripts/setup.sh); makes an image with pgBackRest, hl-bench-pgbackrest:17, and leaves it.
import {parseArgs} from 'node:util'
import {backupRestore} from './restore/backup-restore.ts'
import {findTransaction} from './restore/find-transaction.ts'
import {incremental} from './restore/incremental.ts'
import {refuseLeftovers} from './restore/machines.ts'
import {replayGrowth} from './restore/replay-growth.ts'
import type {RestorePart} from './restore/restore-part.ts'
import {rpo} from './restore/rpo.ts'
import {conditionsNow} from './router/conditions.ts'
import {markdownTable} from './router/format.ts'
import {keep} from './router/results.ts'
import {countOf, partsOf, runPart, tell} from './run-parts.ts'

const parts: readonly RestorePart[] = [backupRestore, rpo, replayGrowth, incremental, findTransaction]

const {values, positionals} = parseArgs({
  allowPositionals: true,
  options: {
    rounds: {type: 'string', default: '3'},
    trials: {type: 'string', default: '3'},
    scale: {type: 'string', default: '1'},
    keep: {type: 'boolean', default: false},
  },
})
const wanted = positionals.length === 0 ? parts : partsOf(positionals, parts)
const rounds = countOf('--rounds', values.rounds)
const trials = countOf('--trials', values.trials)
const scale = Number(values.scale)
if (!(scale > 0)) throw new Error(`--scale is ${values.scale}: a number above zero is wanted`)
await refuseLeftovers()
const conditions = conditionsNow(['node bench/restore.ts', ...process.argv.slice(2)].join(' '))

for (const part of wanted) {
  await runPart(part, async (undo, say) => {
    const findings = await part.run({rounds, trials, scale, undo, tell: say})
    for (const table of findings.tables) tell(markdownTable(table))
    // A look whether it works is no result.
    if (scale === 1 || values.keep)
      keep(
        part.name,
        findings,
        conditions,
        parts.map(({name}) => name),
        {file: 'restore', title: 'Backups, restores and losses in figures'},
      )
  })
}
