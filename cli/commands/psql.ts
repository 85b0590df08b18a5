// `hl psql`: a prompt on a node, or one statement. Inside the container, over the local socket: no password leaves the
// lab.
import {hint} from '../../src/model/command-hint.ts'
import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import {requireMember, serviceOf} from '../../src/lab/lifecycle/lab-description.ts'
import {chooseNode} from '../../src/lab/patroni/plan-switchover.ts'
import {
  askAs,
  askInterrupted,
  openPrompt,
  roles,
  rowsOf,
  statementError,
  type StatementRows,
} from '../../src/lab/psql.ts'
import {HlError} from '../../src/model/errors.ts'
import {monotonicClock} from '../../src/waiting/monotonic-clock.ts'
import {BaseCommand} from '../base-command.ts'
import {interruptible} from '../interrupt.ts'
import {shardFlag} from '../shard-flag.ts'
import {openShard} from '../wire.ts'

export interface PsqlAnswer extends StatementRows {
  readonly node: string
}

export default class Psql extends BaseCommand {
  static override summary = 'Open psql on the primary, a standby or a node'
  static override args = {statement: Args.string({description: 'one statement; a prompt when absent'})}
  static override flags = {
    ...shardFlag,
    node: Flags.string({description: 'this node', helpValue: '<name>', exclusive: ['read']}),
    read: Flags.boolean({description: 'a standby'}),
    role: Flags.option({
      description: 'act as this role',
      options: roles,
      default: 'postgres' as const,
    })(),
  }
  static override examples = [
    '<%= config.bin %> psql',
    '<%= config.bin %> psql --read "SELECT count(*) FROM hl.ledger"',
  ]

  override async run(): Promise<PsqlAnswer> {
    const {args, flags} = await this.parse(Psql)
    const {cluster, description} = await openShard(this.settingsFrom(flags), this.shardFrom(flags))
    const node = flags.node ?? chooseNode(await cluster.state(), flags.read ? 'standby' : 'primary')
    requireMember(cluster, node)
    const {container} = serviceOf(description, node)
    if (args.statement === undefined) {
      if (!process.stdin.isTTY || this.jsonEnabled())
        throw new HlError('USAGE', 'a prompt needs a terminal, and no --json', {
          next: [hint('psql', {args: ['SELECT 1'], why: 'runs one statement'})],
        })
      if (!(await openPrompt(container, flags.role))) this.exitWith(1)
      return {node, columns: [], rows: [], output: null}
    }
    const statement = args.statement
    const result = await interruptible({...askInterrupted, note: this.note}, async signal =>
      askAs(cluster, node, flags.role, statement, {clock: monotonicClock(), signal, csv: this.jsonEnabled()}),
    )
    if (result.stdout !== '') this.show(result.stdout)
    const error = statementError(node, result)
    if (error !== null) throw error
    return {node, ...rowsOf(statement, result)}
  }
}
