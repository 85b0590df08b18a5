// `hl metrics serve`: publishes a lab's metrics for Prometheus, until Ctrl-C.
import * as Flags from '@oclif/core/flags'
import {connectLab} from '../../../src/lab/lifecycle/connect-lab.ts'
import {monitoringOf} from '../../../src/lab/lifecycle/monitoring-services.ts'
import {LabCollector} from '../../../src/monitor/collect/lab-collector.ts'
import {labSources} from '../../../src/monitor/collect/lab-sources.ts'
import {serveMetrics} from '../../../src/monitor/serve.ts'
import {monotonicClock} from '../../../src/waiting/monotonic-clock.ts'
import {BaseCommand} from '../../base-command.ts'
import {interruptible} from '../../interrupt.ts'
import {connectOptions, docker, openLab} from '../../wire.ts'

/** What a program hears when it is over. */
export interface ServeAnswer {
  readonly lab: string
  readonly url: string
  readonly scrapesAnswered: number
}

/** Of a lab without a Prometheus of its own. */
const alone = {host: '127.0.0.1', port: 9488} as const
const texts = {once: 'ending', twice: 'stopped'}

export default class MetricsServe extends BaseCommand {
  static override summary = 'Publish the metrics of a lab for Prometheus, until Ctrl-C'
  static override description =
    'Each scrape asks all nodes, Patroni, etcd, the archive and the map at once, each under a deadline of its own: one that hangs costs the scrape that deadline, and what only it says is absent. docs/metrics.md lists them all. Whoever reaches the address can read them; they hold names and numbers, no data and no password.'
  static override flags = {
    port: Flags.integer({
      description: 'where to listen; 0: one that is free (9488, or where the Prometheus beside the lab asks)',
      helpValue: '<port>',
      min: 0,
      max: 65_535,
    }),
    host: Flags.string({
      description: 'on which address; 0.0.0.0: on all (127.0.0.1, or where that Prometheus asks)',
      helpValue: '<address>',
    }),
  }
  static override examples = [
    '<%= config.bin %> metrics serve',
    '<%= config.bin %> metrics serve --lab sharded --host 0.0.0.0 --port 9489',
  ]

  override async run(): Promise<ServeAnswer> {
    const {flags} = await this.parse(MetricsServe)
    const given = this.settingsFrom(flags)
    const {note} = this
    const clock = monotonicClock()
    const lab = await openLab(given)
    const asked = monitoringOf(lab.description, lab.endpoints.via)?.exporter ?? alone
    const again = async () => labSources(await connectLab(docker, given.lab, connectOptions(given, clock)), clock)
    const collector = new LabCollector(clock, labSources(lab, clock), again)
    let url = ''
    const scrapesAnswered = await interruptible({...texts, note}, async signal =>
      serveMetrics({
        host: flags.host ?? asked.host,
        port: flags.port ?? asked.port,
        signal,
        collect: async () => collector.collect(),
        onListening: ({host, port}) => {
          url = `http://${host.includes(':') ? `[${host}]` : host}:${port}/metrics`
          this.show(url)
          note(`metrics of lab ${given.lab}; Ctrl-C ends it`)
        },
      }),
    )
    return {lab: given.lab, url, scrapesAnswered}
  }
}
