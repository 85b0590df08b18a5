// `hl up`: brings a lab up.
import {Flags} from '@oclif/core'
import {upLab} from '../../src/cluster/up-lab.ts'
import {BaseCommand} from '../base-command.ts'
import {clusterOverrides} from '../cluster-overrides.ts'
import {clusterFlags, dryRunFlag} from '../experiment-flags.ts'
import {connectOptions, docker} from '../wire.ts'

export interface UpAnswer {
  readonly lab: string
  readonly did: string
  readonly endpoints?: unknown
  readonly settings: unknown
}

export default class Up extends BaseCommand {
  static override summary = 'Start a lab: three PostgreSQL nodes under Patroni, three etcd members, pgpool'
  static override description = 'A lab that is up is left alone; one that is stopped is started. Cluster flags count for a new lab only.'
  static override flags = {
    ...clusterFlags,
    ...dryRunFlag,
    'port-base': Flags.string({description: 'first of the published ports (a free block when absent)', helpValue: '<port>'}),
  }
  static override examples = ['<%= config.bin %> up', '<%= config.bin %> up --lab second --sync quorum --ttl 30s']

  override async run(): Promise<UpAnswer> {
    const {flags} = await this.parse(Up)
    const settings = this.settingsFrom(flags)
    const wanted = clusterOverrides(settings, flags.param)
    if (flags['dry-run']) {
      this.show(`would bring up lab ${settings.lab} unless it is up already; settings given: ${JSON.stringify(wanted)}`)
      return {lab: settings.lab, did: 'nothing (dry run)', settings: wanted}
    }
    const {lab, did} = await upLab(docker, {...connectOptions(settings), name: settings.lab, settings: wanted, ...(settings.portBase === null ? {} : {portBase: settings.portBase}), progress: text => this.note(text)})
    const words = {created: 'is up', started: 'is up again', 'was up': 'was up already'}
    this.show(`lab ${settings.lab} ${words[did]}\nnext: hl status, hl failover --scenario primary-crash, hl psql`)
    return {lab: settings.lab, did, endpoints: lab.endpoints, settings: await lab.cluster.settings()}
  }
}
