// The drill table of docs/results.md: every recovery scenario, on labs of their own. Verdicts are hl's.
//   node bench/drills.ts                 each once, about 25 minutes
//   node bench/drills.ts bad-update      only these
// Writes bench/results/drills.md and .json. Nothing else should run on the host; a run on a starved host says so.
import {parseArgs} from 'node:util'
import {recoveryNames, recoveryScenarios, type RecoveryName} from '../scenarios/index.ts'
import {drillsTable} from './drills-table.ts'
import {runScenarios, stopSignal} from './run-scenarios.ts'

const {values, positionals} = parseArgs({
  allowPositionals: true,
  options: {seed: {type: 'string', default: '1'}},
})
const isRecovery = (name: string): name is RecoveryName => (recoveryNames as readonly string[]).includes(name)
const unknown = positionals.find(name => !isRecovery(name))
if (unknown !== undefined) throw new Error(`no drill "${unknown}"; there are ${recoveryNames.join(', ')}`)
const names = positionals.length > 0 ? positionals.filter(isRecovery) : recoveryNames

await runScenarios(
  {
    file: 'drills',
    lab: 'bench-drill',
    // No drill is about an election of etcd or about pgpool.
    up: {profile: 'small'},
    seed: Number(values.seed),
    runs: names.map(name => ({scenario: recoveryScenarios[name], repeat: 1})),
    table: drillsTable,
  },
  stopSignal(),
)
