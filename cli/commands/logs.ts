// `hl logs`: what the containers of a lab say.
import {hint} from '../../src/model/command-hint.ts'
import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import {followDocker} from '../../src/lab/docker/docker.ts'
import {chooseShard} from '../../src/lab/lifecycle/choose-shard.ts'
import {ofCluster, serviceOf} from '../../src/lab/lifecycle/lab-description.ts'
import {requireLab} from '../../src/lab/lifecycle/lab-inventory.ts'
import {logLines, readLogs, type LogLine} from '../../src/lab/docker/collect-logs.ts'
import {HlError} from '../../src/model/errors.ts'
import {parseDurationMs} from '../../src/model/time.ts'
import {BaseCommand} from '../base-command.ts'
import {writeAnswer} from '../output.ts'
import {shardFlag} from '../shard-flag.ts'
import {docker} from '../wire.ts'

/** By service, oldest first. */
export type LogsAnswer = Readonly<Record<string, readonly LogLine[]>>

export default class Logs extends BaseCommand {
  static override summary = 'Show the logs of a node, or of all'
  static override description = 'With --shard, of its nodes and of what all shards share.'
  static override args = {service: Args.string({description: 'pg1, etcd2, pgpool …; all when absent'})}
  static override flags = {
    ...shardFlag,
    since: Flags.string({description: 'only the last <duration>', helpValue: '<duration>'}),
    follow: Flags.boolean({char: 'f', description: 'go on until Ctrl-C (one service)'}),
  }
  static override examples = [
    '<%= config.bin %> logs pg1 --since 5m',
    '<%= config.bin %> logs pg2 --follow',
    '<%= config.bin %> logs --shard s2 --since 1m',
  ]

  override async run(): Promise<LogsAnswer> {
    const {args, flags} = await this.parse(Logs)
    const whole = await requireLab(docker, this.settingsFrom(flags).lab)
    const lab = flags.shard === undefined ? whole : ofCluster(whole, chooseShard(whole, this.shardFrom(flags)))
    const since = sinceIso(flags.since)
    if (flags.follow) {
      if (args.service === undefined || this.jsonEnabled())
        throw new HlError('USAGE', '--follow takes one service and no --json', {
          next: [hint('logs', {args: ['pg1'], flags: {follow: true}})],
        })
      // What a node says is not for the terminal to obey.
      await followDocker(
        ['logs', '--follow', ...(since === null ? [] : ['--since', since]), serviceOf(lab, args.service).container],
        process.stdout.isTTY ? writeAnswer : null,
      )
      return {}
    }
    const services = args.service === undefined ? lab.services : [serviceOf(lab, args.service)]
    const logs = Object.fromEntries(
      await Promise.all(
        services.map(async ({name, container}) => [name, await readLogs(docker, container, since)] as const),
      ),
    )
    const width = Math.max(6, ...services.map(({name}) => name.length))
    for (const [name, text] of Object.entries(logs))
      this.show(services.length === 1 ? text : text.replaceAll(/^/gm, `${name.padEnd(width)} | `))
    return Object.fromEntries(Object.entries(logs).map(([name, text]) => [name, logLines(text)]))
  }
}

function sinceIso(text: string | undefined): string | null {
  if (text === undefined) return null
  const ms = parseDurationMs(text)
  if (ms === null) throw new HlError('USAGE', `--since ${text} is no duration`, {next: ['for example 30s, 5m or 1h']})
  return new Date(Date.now() - ms).toISOString()
}
