// `hl psql`: a prompt on a node, or one statement. Inside the container, over the local socket: no password leaves the
// lab.
import {Args, Flags} from '@oclif/core'
import {attachDocker} from '../../src/lab/docker/docker.ts'
import {serviceOf} from '../../src/lab/lifecycle/lab-description.ts'
import {HlError} from '../../src/model/errors.ts'
import {BaseCommand} from '../base-command.ts'
import {openLab} from '../wire.ts'

/** psql's own exit code. */
const noConnection = 2

export default class Psql extends BaseCommand {
  static override summary = 'Open psql on the primary, a standby or a node'
  static override args = {statement: Args.string({description: 'one statement; a prompt when absent'})}
  static override flags = {
    node: Flags.string({description: 'this node', helpValue: '<name>', exclusive: ['read']}),
    read: Flags.boolean({description: 'a standby'}),
    role: Flags.string({
      description: 'act as this role',
      options: ['postgres', 'hl_app', 'hl_readonly', 'hl_monitoring', 'hl_migrations'],
      default: 'postgres',
    }),
  }
  static override examples = [
    '<%= config.bin %> psql',
    '<%= config.bin %> psql --read "SELECT count(*) FROM hl.ledger"',
  ]

  override async run(): Promise<{readonly node: string; readonly output: string}> {
    const {args, flags} = await this.parse(Psql)
    const {cluster, description} = await openLab(this.settingsFrom(flags))
    const node = flags.node ?? (await chooseNode(cluster, flags.read))
    const {container} = serviceOf(description, node)
    const psql = ['env', `PGOPTIONS=-c role=${flags.role}`, 'psql', '-d', 'hl']
    if (args.statement === undefined) {
      if (!process.stdin.isTTY || this.jsonEnabled())
        throw new HlError('USAGE', 'a prompt needs a terminal, and no --json', {
          next: ['hl psql "SELECT 1" runs one statement'],
        })
      this.exitWith((await attachDocker(['exec', '-it', '-u', 'postgres', container, ...psql])) === 0 ? 0 : 1)
      return {node, output: ''}
    }
    const result = await cluster.exec(node, [...psql, '-X', '-v', 'ON_ERROR_STOP=1', '-c', args.statement], {
      user: 'postgres',
      timeoutMs: 60_000,
    })
    if (result.stdout !== '') this.show(result.stdout)
    if (result.exitCode === noConnection)
      throw new HlError('LAB_UNHEALTHY', `PostgreSQL of ${node} takes no session: ${result.stderr.trim()}`, {
        next: ['hl status', `hl logs ${node}`],
      })
    if (result.exitCode !== 0) throw new HlError('USAGE', result.stderr.trim(), {next: ['correct the statement']})
    return {node, output: result.stdout}
  }
}

async function chooseNode(cluster: Awaited<ReturnType<typeof openLab>>['cluster'], read: boolean): Promise<string> {
  const state = await cluster.state()
  const node = read ? state.members.find(member => member.state === 'streaming')?.name : state.primary
  if (node !== null && node !== undefined) return node
  throw new HlError('LAB_UNHEALTHY', `lab ${cluster.lab} has no ${read ? 'streaming standby' : 'primary'} now`, {
    next: ['hl status', 'hl psql --node pg1 takes any node that runs'],
  })
}
