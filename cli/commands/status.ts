// `hl status`: one screen about a lab.
import * as Flags from '@oclif/core/flags'
import {exitCode} from '../../src/model/errors.ts'
import {endpointsOf} from '../../src/lab/lifecycle/endpoints.ts'
import {clusterStatus} from '../../src/faults/cluster-status.ts'
import {profileWords, type LabDescription} from '../../src/lab/lifecycle/lab-description.ts'
import {monitoringOf} from '../../src/lab/lifecycle/monitoring-services.ts'
import {allConditions} from '../../src/recovery/lab-conditions.ts'
import {BaseCommand} from '../base-command.ts'
import {shardFlag} from '../shard-flag.ts'
import {answerOf, isWrong, type Seen, type StatusAnswer} from '../status-answer.ts'
import {watchScreen, withLook, type StatusLog} from '../view/status-log.ts'
import {labScreen} from '../view/status-screen.ts'
import {watching} from '../watching.ts'
import {docker, openLab, openShard} from '../wire.ts'

export default class Status extends BaseCommand {
  static override summary = 'Show who is primary, who streams, the lease, etcd, and what is wrong'
  static override flags = {
    ...shardFlag,
    watch: Flags.boolean({char: 'w', description: 'again every second until Ctrl-C'}),
    check: Flags.boolean({description: 'exit 4 when the lab is not healthy'}),
  }
  static override examples = [
    '<%= config.bin %> status',
    '<%= config.bin %> status --watch',
    '<%= config.bin %> status --check --json',
    '<%= config.bin %> status --lab sharded --shard s2',
  ]

  override async run(): Promise<StatusAnswer> {
    const {flags} = await this.parse(Status)
    const given = this.settingsFrom(flags)
    const lab = await (flags.shard === undefined ? openLab(given) : openShard(given, this.shardFrom(flags)))
    const theme = this.theme(process.stdout)
    const profile = profileWords(lab.description)
    const monitoring = monitoringOf(lab.description, lab.endpoints.via)
    const clusters = flags.shard === undefined ? lab.clusters : [lab]
    const ports = Object.assign({}, ...clusters.map(({clients}) => publishedPorts(clients.lab))) as Ports
    const look = async (): Promise<Seen> => {
      const [conditions, ...seen] = await Promise.all([
        allConditions(docker, lab),
        ...clusters.map(async ({cluster}) => clusterStatus(cluster)),
      ])
      return {conditions, clusters: seen}
    }
    const text = ({clusters: seen, conditions}: Seen): string =>
      labScreen(seen, {theme, profile, ports, conditions, monitoring})
    const isWatching = flags.watch && !this.jsonEnabled()
    const seen = await (isWatching ? this.watch(look, text) : look())
    if (!isWatching) this.show(text(seen))
    if (flags.check && isWrong(seen)) this.exitWith(exitCode.notReady)
    return {...answerOf(seen, lab.cluster.lab), ...(monitoring === null ? {} : {monitoring})}
  }

  private async watch(look: () => Promise<Seen>, text: (seen: Seen) => string): Promise<Seen> {
    let log: StatusLog | null = null
    return watching(look, now => {
      const at = new Date().toTimeString().slice(0, 8)
      log = withLook(log ?? {seen: now, lines: []}, now, at)
      return `${watchScreen(text(now), log, at)}\n`
    })
  }
}

type Ports = Readonly<Record<string, number>>

const publishedPorts = (lab: LabDescription): Ports =>
  Object.fromEntries(Object.entries(endpointsOf(lab, 'published').postgres).map(([node, {port}]) => [node, port]))
